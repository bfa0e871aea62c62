// SPDX-License-Identifier: GPL-2.0-only
/**
 * The checksum of gzip and PNG. It is against damage, not against malice; what browsers have for both, they keep from
 * pages that come without encryption, as from a server in one's own network.
 */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/**
 * @param {Uint8Array} bytes
 * @returns {number} from 0 to 2³² - 1
 */
export function crc32(bytes) {
  let rest = -1;
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  return ~rest >>> 0;
}
