import { describe, expect, it } from 'vitest';
import {
  parseState,
  programEnvironment,
  type BuildkitDescription,
  type Daemons,
} from './description';

const docker: BuildkitDescription = {
  name: 'containerd',
  address: 'unix:///run/containerd.sock',
  kind: 'docker',
  buildkitHost: 'unix:///run/raw.sock',
  store: 'containerd',
  network: 'bridge',
  version: '28',
};
const daemons: Daemons = {
  buildkits: [docker],
  registry: 'http://127.0.0.1:1',
  images: {},
  bin: '/bin-folder',
  root: '/root-folder',
  versions: {},
};

it('reads a state file back', () => {
  const state = { keeper: '1-2', daemons };
  expect(parseState(JSON.stringify(state))).toEqual(state);
});

it.each([
  ['another shape', { keeper: '1-2', daemons: { ...daemons, buildkits: [{ name: 'x' }] } }],
  ['no keeper', { daemons }],
  ['no object', 'text'],
])('refuses %s', (_, value) => {
  expect(parseState(JSON.stringify(value))).toBeUndefined();
});

describe('variables for programs', () => {
  it('choose a Docker by DOCKER_HOST and find its programs first', () => {
    const variables = programEnvironment(daemons);
    expect(variables['DOCKER_HOST']).toBe(docker.address);
    expect(variables['PATH']).toMatch(/^\/bin-folder:/);
  });

  it('choose a buildkitd by BUILDKIT_HOST', () => {
    const address = 'unix:///run/buildkit/buildkitd.sock';
    expect(programEnvironment(daemons, { ...docker, kind: 'buildkitd', address })).toMatchObject({
      BUILDKIT_HOST: address,
    });
  });

  it('change nothing where there is no BuildKit', () => {
    expect(programEnvironment(undefined)).toEqual({ PATH: process.env['PATH'] });
  });
});
