"""The pass, the admission token, their keys, and the guard that stands before an app."""

from waitroom.tokens.admission_token import AdmissionToken, AdmissionTokenSigner, token_id_for
from waitroom.tokens.base64url import decode_base64url, encode_base64url
from waitroom.tokens.errors import (
    TokenEarly,
    TokenError,
    TokenExpired,
    TokenForeign,
    TokenForged,
    TokenMissing,
    TokenRehearsed,
    TokenRevoked,
    TokenSpent,
)
from waitroom.tokens.guard import Guard, bearer_credential, bearer_token
from waitroom.tokens.keyed_hash import KeyedHash
from waitroom.tokens.keyring import Key, KeyRing, KeyRingFile, KeySource
from waitroom.tokens.public_form import SigningKeys, verify_proof
from waitroom.tokens.queue_pass import LOBBY, QueuePass, QueuePassSigner

__all__ = [
    "LOBBY",
    "AdmissionToken",
    "AdmissionTokenSigner",
    "Guard",
    "Key",
    "KeyRing",
    "KeyRingFile",
    "KeySource",
    "KeyedHash",
    "QueuePass",
    "QueuePassSigner",
    "SigningKeys",
    "TokenEarly",
    "TokenError",
    "TokenExpired",
    "TokenForeign",
    "TokenForged",
    "TokenMissing",
    "TokenRehearsed",
    "TokenRevoked",
    "TokenSpent",
    "bearer_credential",
    "bearer_token",
    "decode_base64url",
    "encode_base64url",
    "token_id_for",
    "verify_proof",
]
