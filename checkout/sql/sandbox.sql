-- name: lock_key
SELECT pg_advisory_xact_lock(hashtextextended('sandbox ' || %(key)s, 0));

-- name: answered
SELECT fingerprint, answer FROM sandbox.requests WHERE key = %(key)s;

-- name: answer
INSERT INTO sandbox.requests (key, fingerprint, answer) VALUES (%(key)s, %(fingerprint)s, %(answer)s);

-- name: authorise
INSERT INTO sandbox.authorisations (authorisation, amount, currency, method, order_reference, status)
VALUES (%(authorisation)s, %(amount)s, %(currency)s, %(method)s, %(order_reference)s, 'authorised');

-- name: capture
UPDATE sandbox.authorisations SET status = 'captured'
WHERE authorisation = %(authorisation)s AND status = 'authorised';

-- name: void
UPDATE sandbox.authorisations SET status = 'voided'
WHERE authorisation = %(authorisation)s AND status = 'authorised';
