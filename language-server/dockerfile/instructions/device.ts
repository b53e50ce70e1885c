/** `RUN --device=name[,required]`. */
import { csvFields } from '../text/csv';
import { cut, parseBool, toLower } from '../text/go';
import { withSuggestion } from '../text/suggest';
import type { Device } from './command';

/** @throws Error with BuildKit's message. */
export function parseDevice(text: string): Device {
  let list: string[];
  try {
    list = csvFields(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to parse csv devices: ${reason}`, { cause: error });
  }
  let name = '';
  let required = false;
  for (const field of list) {
    const [written, value, valued] = cut(field, '=');
    const key = toLower(written);
    if (key === 'required') {
      const parsed = valued ? parseBool(value) : true;
      if (parsed === undefined) throw new Error(`invalid value for ${key}: ${value}`);
      required = parsed;
    } else if (valued && key === 'name') {
      if (name !== '') throw new Error(`device name already set to ${name}`);
      name = value;
    } else if (name === '') {
      name = field;
    } else if (!valued) {
      throw new Error(`invalid field '${field}' must be a key=value pair`);
    } else {
      throw new Error(
        withSuggestion(`unexpected key '${key}' in '${field}'`, key, ['name', 'required']),
      );
    }
  }
  return { name, required };
}
