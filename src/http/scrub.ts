/**
 * Takes out of an error's text what must not be logged: phone numbers, hashes, tokens. Anything of seven or
 * more digits counts as a number; line and column numbers of a stack are shorter.
 */
export function scrub(text: string): string {
  return text
    .replaceAll(/[\w-]{16,}(\.[\w-]*){2,}/g, '[token]')
    .replaceAll(/[0-9a-fA-F]{32,}/g, '[hash]')
    .replaceAll(/\+?\d{7,}/g, '[number]');
}
