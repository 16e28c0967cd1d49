// The logo: read and looked at before it is sent; what it is, its first bytes say.

import { Refused, Unreachable } from "./api.js";
import { signIn } from "./sign-in.js";

const MOST_BYTES = 32 * 1024;
const KINDS = [
  { type: "image/png", starts: [0x89, 0x50, 0x4e, 0x47] },
  { type: "image/jpeg", starts: [0xff, 0xd8, 0xff] },
  { type: "image/webp", starts: [0x52, 0x49, 0x46, 0x46] },
];

// A chosen file as `{file, url}`, the url one of `data:`; throws an Error in words for what is no logo.
export async function readLogo(file) {
  if (file.size > MOST_BYTES) throw new Error(`This picture has ${Math.ceil(file.size / 1024)} KiB; a logo has ${MOST_BYTES / 1024} KiB at most.`);
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const kind = KINDS.find(({ starts }) => starts.every((byte, place) => head[place] === byte));
  if (!kind) throw new Error("A logo is a PNG, JPEG or WebP file.");
  const url = await dataUrl(new Blob([file], { type: kind.type }));
  if (!(await canBeShown(url))) throw new Error("This picture cannot be shown: the file seems to be damaged.");
  return { file, url };
}

// Send it; the answer is the room as it is then.
export async function putLogo(room, file) {
  let response;
  try {
    response = await fetch(`/v1/admin/rooms/${room}/logo`, { method: "PUT", body: file, headers: { "Content-Type": "application/octet-stream" } });
  } catch (broken) {
    throw new Unreachable(broken.message);
  }
  if (response.status === 401 && (await signIn())) return putLogo(room, file);
  const told = await response.json();
  if (!response.ok) throw new Refused(response.status, told);
  return told;
}

function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("This file cannot be read."));
    reader.readAsDataURL(blob);
  });
}

function canBeShown(url) {
  return new Promise((resolve) => {
    const picture = new Image();
    picture.onload = () => resolve(true);
    picture.onerror = () => resolve(false);
    picture.src = url;
  });
}
