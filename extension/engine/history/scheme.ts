/** The scheme of the URIs of texts that a build's record carries: `llb-record:/<ref>/<index>/<name>`. */
export const RECORD_SCHEME = 'llb-record';
