import { describe, expect, test } from 'vitest';
import { exporterFields, unmetExporters } from './exporter-fields';

const image = { type: 'image', attributes: { name: 'a' } };
const local = { type: 'local', attributes: {} };

describe('exporters', () => {
  test('are a list, of which old builders are told the first one in their way', () => {
    expect(exporterFields([image, local])).toEqual({
      exporters: [
        { type: 'image', attrs: new Map([['name', 'a']]) },
        { type: 'local', attrs: new Map() },
      ],
      exporterDeprecated: 'image',
      exporterAttrsDeprecated: new Map([['name', 'a']]),
    });
  });

  test('none are none', () => {
    expect(exporterFields([])).toEqual({});
  });

  test('several are refused where the builder makes one only', () => {
    const old = new Set(['exporter.image.attestations']);
    expect(unmetExporters(exporterFields([image, local]), old)).toContain('BuildKit 0.13');
    expect(unmetExporters(exporterFields([image]), old)).toBeUndefined();
    const fresh = new Set(['exporter.multiple']);
    expect(unmetExporters(exporterFields([image, local]), fresh)).toBeUndefined();
  });
});
