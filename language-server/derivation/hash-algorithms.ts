/** The hash algorithms that Nix knows, and how many bytes their hashes have. */
export const HASH_SIZES: Readonly<Record<string, number>> = {
  blake3: 32,
  md5: 16,
  sha1: 20,
  sha256: 32,
  sha512: 64,
};
