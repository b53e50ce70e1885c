/** Words that are offered as values, where BuildKit itself has no list of them. */
import type { Choice } from '../../dockerfile';

export const platforms: readonly Choice[] = [
  { value: '$BUILDPLATFORM', docs: 'The platform of the machine that builds.' },
  { value: '$TARGETPLATFORM', docs: 'The platform that is built for: what is used anyway.' },
  { value: 'linux/amd64', docs: '64-bit x86.' },
  { value: 'linux/arm64', docs: '64-bit ARM.' },
  { value: 'linux/arm/v7', docs: '32-bit ARM, version 7.' },
  { value: 'linux/arm/v6', docs: '32-bit ARM, version 6.' },
  { value: 'linux/386', docs: '32-bit x86.' },
  { value: 'linux/ppc64le', docs: 'POWER, little endian.' },
  { value: 'linux/s390x', docs: 'IBM Z.' },
  { value: 'linux/riscv64', docs: '64-bit RISC-V.' },
  { value: 'linux/loong64', docs: '64-bit LoongArch.' },
  { value: 'windows/amd64', docs: 'Windows on 64-bit x86.' },
  { value: 'windows/arm64', docs: 'Windows on 64-bit ARM.' },
];

export const signals: readonly Choice[] = [
  { value: 'SIGTERM', docs: 'Please end. The default.' },
  { value: 'SIGINT', docs: 'Interrupt, as by Ctrl+C.' },
  { value: 'SIGQUIT', docs: 'Quit; nginx and php-fpm finish their requests first.' },
  { value: 'SIGHUP', docs: 'Hang up; many servers read their settings again.' },
  { value: 'SIGUSR1', docs: 'For the program to define.' },
  { value: 'SIGUSR2', docs: 'For the program to define.' },
  { value: 'SIGWINCH', docs: 'Apache finishes its requests first.' },
  { value: 'SIGKILL', docs: 'End at once; cannot be caught.' },
  { value: 'SIGRTMIN+3', docs: 'systemd shuts down.' },
];

export const ports: readonly Choice[] = [
  { value: '80', docs: 'HTTP' },
  { value: '443', docs: 'HTTPS' },
  { value: '3000', docs: 'Node servers, by habit' },
  { value: '3306', docs: 'MySQL' },
  { value: '5000', docs: 'Flask, by habit' },
  { value: '5432', docs: 'PostgreSQL' },
  { value: '6379', docs: 'Redis' },
  { value: '8000', docs: 'Django and others, by habit' },
  { value: '8080', docs: 'HTTP, unprivileged' },
  { value: '8443', docs: 'HTTPS, unprivileged' },
  { value: '9000', docs: 'PHP-FPM' },
  { value: '9090', docs: 'Prometheus' },
  { value: '27017', docs: 'MongoDB' },
  { value: '53/udp', docs: 'DNS' },
];

const oci = 'org.opencontainers.image';
/** The annotation keys of the OCI image specification. */
export const labels: readonly Choice[] = [
  { value: `${oci}.title`, docs: 'The name of the image, for people.' },
  { value: `${oci}.description`, docs: 'What the image holds, for people.' },
  { value: `${oci}.version`, docs: 'The version of the packaged software.' },
  { value: `${oci}.revision`, docs: 'The commit that the software was built from.' },
  { value: `${oci}.created`, docs: 'When the image was built (RFC 3339).' },
  { value: `${oci}.authors`, docs: 'Who answers for the image.' },
  { value: `${oci}.vendor`, docs: 'Who distributes the image.' },
  { value: `${oci}.licenses`, docs: 'The licences, as an SPDX expression.' },
  { value: `${oci}.source`, docs: 'The URL of the source code.' },
  { value: `${oci}.url`, docs: 'The URL of more information.' },
  { value: `${oci}.documentation`, docs: 'The URL of the documentation.' },
  { value: `${oci}.ref.name`, docs: 'The name of the reference.' },
  { value: `${oci}.base.name`, docs: 'The image that this one is built on.' },
  { value: `${oci}.base.digest`, docs: 'The digest of the image that this one is built on.' },
];

export const shells: readonly Choice[] = [
  {
    value: '["/bin/bash", "-o", "pipefail", "-c"]',
    docs: 'Bash; a pipe fails when a part of it does.',
  },
  { value: '["/bin/sh", "-c"]', docs: 'The default on Linux.' },
  {
    value: '["/bin/ash", "-eo", "pipefail", "-c"]',
    docs: "Alpine's shell; a pipe fails when a part of it does.",
  },
  { value: '["powershell", "-Command"]', docs: 'Windows PowerShell.' },
  { value: '["pwsh", "-Command"]', docs: 'PowerShell 7.' },
  { value: '["cmd", "/S", "/C"]', docs: 'The default on Windows.' },
];

export const frontends: readonly Choice[] = [
  { value: 'docker/dockerfile:1', docs: 'The newest release of version 1.' },
  { value: 'docker/dockerfile:1-labs', docs: 'The same with experimental features.' },
  { value: 'docker/dockerfile-upstream:master', docs: 'What is being developed.' },
];

export const durations: readonly Choice[] = ['5s', '10s', '30s', '1m', '5m'].map((value) => ({
  value,
  docs: 'A duration in Go’s notation.',
}));
