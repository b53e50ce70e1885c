/** The files that Bake or Compose reads together when none is named. */

/** In the order in which Bake reads them. */
const bake = [
  ...['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'],
  ...['docker-bake.json', 'docker-bake.hcl'],
  ...['docker-bake.override.json', 'docker-bake.override.hcl'],
];

/** Of each list Compose reads the first that is there, the second after the first. */
const compose = [
  ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'],
  [
    ...['compose.override.yml', 'compose.override.yaml'],
    ...['docker-compose.override.yml', 'docker-compose.override.yaml'],
  ],
];

/**
 * A file with those that are read with it, in their order; what comes later counts more. Of each
 * list the first file counts that is there; the file itself is in a list of its own.
 */
export function filesReadWith(name: string): readonly (readonly string[])[] {
  if (/\.ya?ml$/i.test(name)) {
    return compose.some((names) => names.includes(name))
      ? compose.map((names) => (names.includes(name) ? [name] : names))
      : [[name]];
  }
  return bake.includes(name) ? bake.map((one) => [one]) : [[name]];
}
