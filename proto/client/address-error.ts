/** The text is no builder address; the message says what would be. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}
