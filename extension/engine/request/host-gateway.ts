/**
 * `host-gateway` in extra hosts stands for the machine that the builder runs on. The frontend does
 * not know the word: clients put the address in its place that Docker's worker has among its labels.
 */
import { extraHosts, hostGateway } from '../../../language-server/dockerfile-options';
import type { WorkerRecord } from '../../../proto/generated/worker';
import type { BuildProfile } from '../../../proto/messages/build-profile';
import { ProfileError } from '../profile/profile';

const label = 'org.mobyproject.buildkit.worker.moby.host-gateway-ip';

/**
 * The frontend's attribute with the address in place of the word; nothing for hosts without it.
 * @throws ProfileError where the builder says no address
 */
export function hostGatewayAttributes(
  profile: Pick<BuildProfile, 'extraHosts'>,
  workers: readonly Pick<WorkerRecord, 'labels'>[],
): Readonly<Record<string, string>> {
  const hosts = (profile.extraHosts ?? []).flatMap((text) => extraHosts(text) ?? [text]);
  const ending = `=${hostGateway}`;
  if (!hosts.some((host) => host.endsWith(ending))) return {};
  const address = workers.map(({ labels }) => labels.get(label) ?? '').find((one) => one !== '');
  if (address === undefined) {
    throw new ProfileError(
      `This builder does not say which address "${hostGateway}" in the extra hosts is, as only ` +
        "Docker's own does; write the address in its place.",
    );
  }
  const known = hosts.map((host) =>
    host.endsWith(ending) ? `${host.slice(0, -hostGateway.length)}${address}` : host,
  );
  return { 'add-hosts': known.join(',') };
}
