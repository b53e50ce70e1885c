import { expect, it } from 'vitest';
import { parseOsRelease } from './distribution';

it.each([
  ['ID=debian\nVERSION_CODENAME=bookworm\n', { id: 'debian', codename: 'bookworm' }],
  [
    'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n',
    { id: 'ubuntu', codename: 'noble' },
  ],
  [
    'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n',
    { id: 'ubuntu', codename: 'noble' },
  ],
  ['ID=fedora\nVERSION_CODENAME=""\n', undefined],
  ['', undefined],
])('%j', (text, distribution) => {
  expect(parseOsRelease(text)).toEqual(distribution);
});
