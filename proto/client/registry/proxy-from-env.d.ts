/** The package ships no types of its own. */
declare module 'proxy-from-env' {
  /** The proxy for a URL by `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`; empty for none. */
  export function getProxyForUrl(url: string | URL): string;
}
