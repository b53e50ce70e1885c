import { expect, test } from 'vitest';
import { hostGatewayAttributes } from './host-gateway';

const worker = (address: string) => ({
  labels: new Map([['org.mobyproject.buildkit.worker.moby.host-gateway-ip', address]]),
});

test('the address of the builder’s machine stands for it', () => {
  const extraHosts = ['a:host-gateway', 'b=1.1.1.1', 'host-gateway=2.2.2.2'];
  expect(hostGatewayAttributes({ extraHosts }, [worker('10.0.0.1')])).toEqual({
    'add-hosts': 'a=10.0.0.1,b=1.1.1.1,host-gateway=2.2.2.2',
  });
});

test('other hosts are left to the frontend’s own attribute', () => {
  expect(hostGatewayAttributes({ extraHosts: ['b=1.1.1.1'] }, [])).toEqual({});
  expect(hostGatewayAttributes({}, [])).toEqual({});
});

test.each([[[]], [[worker('')]]])('a builder that says none is no builder for it', (workers) => {
  expect(() => hostGatewayAttributes({ extraHosts: ['a=host-gateway'] }, workers)).toThrow(
    /does not say which address "host-gateway"/,
  );
});
