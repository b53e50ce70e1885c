/**
 * The comma-separated texts of `docker build`'s flags, such as `type=local,dest=out`: one line of
 * CSV, whose fields are `key=value`.
 */
import { ProfileError } from '../profile/profile';

/** The fields of one line of CSV. @throws ProfileError when a quote does not end */
export function csvFields(text: string): string[] {
  const fields: string[] = [];
  const pattern = /\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw new ProfileError(`"${text}" has a quote that does not end.`);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
  }
  return fields;
}

/** One field in the form that {@link csvFields} reads. */
export function csvField(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Keys in lower case with their values, in order.
 * @param what names the text in complaints, e.g. `The output`
 * @throws ProfileError naming the field that has no value
 */
export function keyValues(text: string, what: string): Map<string, string> {
  return new Map(
    csvFields(text).map((field) => {
      const at = field.indexOf('=');
      if (at <= 0) throw new ProfileError(`"${field}" in ${what} "${text}" must be key=value.`);
      return [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1)];
    }),
  );
}

/** The texts that Go's `strconv.ParseBool` knows; undefined for others. */
export function parseTruth(text: string): boolean | undefined {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  return undefined;
}
