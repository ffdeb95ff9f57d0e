/** The part of Node's crypto that workerd offers (compatibility flag nodejs_compat) and the Worker uses. */
declare module "node:crypto" {
  /** A cipher that takes bytes and gives those that are ready. */
  interface Cipher {
    update(bytes: Uint8Array): Uint8Array;
    final(): Uint8Array;
  }
  /** Begins to encrypt with a key and an initialization vector, both as long as the algorithm wants them. */
  export function createCipheriv(algorithm: "aes-128-cbc", key: Uint8Array, iv: Uint8Array): Cipher;
}
