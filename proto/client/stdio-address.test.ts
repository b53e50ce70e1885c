import { describe, expect, test } from 'vitest';
import { AddressError, formatAddress, parseAddress } from './address';
import { stdioCommand, type StdioAddress } from './stdio-address';

function command(text: string): string[] {
  const address = parseAddress(text);
  if (!isStdio(address)) throw new Error(`${text} needs no program`);
  const { program, args } = stdioCommand(address);
  return [program, ...args];
}

function isStdio(address: ReturnType<typeof parseAddress>): address is StdioAddress {
  return ['container', 'kube-pod', 'ssh', 'docker-ssh'].includes(address.kind);
}

const ssh = 'ssh -T -o BatchMode=yes -o ConnectTimeout=15';

describe('the program behind an address', () => {
  test.each([
    ['docker-container://bk', 'docker exec -i bk buildctl dial-stdio'],
    ['docker-container://bk?context=far', 'docker --context far exec -i bk buildctl dial-stdio'],
    [
      'docker-container://bk?host=unix%3A%2F%2F%2Fd.sock',
      'docker --host unix:///d.sock exec -i bk buildctl dial-stdio',
    ],
    ['podman-container://bk', 'podman exec -i bk buildctl dial-stdio'],
    [
      'nerdctl-container://bk?namespace=k8s.io',
      'nerdctl --namespace k8s.io exec -i bk buildctl dial-stdio',
    ],
    ['kube-pod://bk-0', 'kubectl exec -i bk-0 -- buildctl dial-stdio'],
    [
      'kube-pod://bk-0?context=c1&namespace=ci&container=buildkitd',
      'kubectl --context=c1 --namespace=ci exec --container=buildkitd -i bk-0 -- buildctl dial-stdio',
    ],
    ['ssh://far', `${ssh} -- far buildctl dial-stdio`],
    [
      'ssh://ci@far:2222/run/user/1000/buildkit/buildkitd.sock',
      `${ssh} -l ci -p 2222 -- far buildctl --addr unix:///run/user/1000/buildkit/buildkitd.sock dial-stdio`,
    ],
    ['docker+ssh://ci@far', `${ssh} -l ci -- far docker system dial-stdio`],
    [
      'docker+ssh://far/run/docker.sock',
      `${ssh} -- far docker --host unix:///run/docker.sock system dial-stdio`,
    ],
  ])('%s', (text, words) => {
    expect(command(text).join(' ')).toBe(words);
    expect(formatAddress(parseAddress(text))).toBe(text);
  });
});

test.each([
  ['docker-container://'],
  ['docker-container://--help'],
  ['docker-container://a;b'],
  ['docker-container://a?context=--help'],
  ['docker-container://a?namespace=x'],
  ['podman-container://a?context=x'],
  ['kube-pod://Upper'],
  ['kube-pod://a?namespace=x%3By'],
  ['ssh://'],
  ['ssh://-oProxyCommand=x'],
  ['ssh://user:secret@far'],
  ['ssh://far/$(reboot)'],
  ['ssh://far?x=1'],
])('refuses %j, which could pass for something else', (text) => {
  expect(() => parseAddress(text)).toThrow(AddressError);
});
