/**
 * The reporter: what outputs refer to, and how large they are as archives, for whatever can be compiled
 * only once that is known. It runs in a step of its own after the builds that it reports on.
 */
import {
  BUSYBOX,
  JOBS_VARIABLE,
  KNOWN_DIR,
  LIBRARY,
  NAMES_VARIABLE,
  REPORTED_DIR,
  STATE_DIR,
} from './tools';

/** Where a report is left in the root file system of its step. */
export const REPORT_FILE = `${STATE_DIR}/report`;

/**
 * Reads {@link JOBS_VARIABLE}, or {@link KNOWN_DIR}`/jobs`, a line each: `scan N PATH`, `size N PATH` (with its archive's hash),
 * `weigh N PATH` (its size alone, for which nothing is read but names) or
 * `paths N DRV` or `said N -` (an earlier report, as it is), where N names what is mounted in
 * {@link REPORTED_DIR}; and in the same way the store's names.
 */
export const REPORTER_SCRIPT = String.raw`# Writes down what outputs refer to.
bb() { ${BUSYBOX} "$@"; }
. ${LIBRARY}
export LC_ALL=C
known=${KNOWN_DIR}
if [ -n "$${JOBS_VARIABLE}" ]; then
  known=${STATE_DIR}
  echo "$${JOBS_VARIABLE}" >$known/jobs
  echo "$${NAMES_VARIABLE}" >$known/names
  unset ${JOBS_VARIABLE} ${NAMES_VARIABLE}
fi
while read -r job at what; do
  case $job in
    said) bb cat ${REPORTED_DIR}/"$at" ;;
    paths) bb sed "s,^,path $what ," ${REPORTED_DIR}/"$at" ;;
    size)
      bb mkfifo ${STATE_DIR}/pipe
      bb sha256sum <${STATE_DIR}/pipe | bb cut -d' ' -f1 >${STATE_DIR}/hash &
      size=$(nar ${REPORTED_DIR}/"$at" | bb tee ${STATE_DIR}/pipe | bb wc -c)
      wait
      bb rm ${STATE_DIR}/pipe
      flat=
      if [ -f ${REPORTED_DIR}/"$at" ] && [ ! -L ${REPORTED_DIR}/"$at" ]; then
        flat=$(bb sha256sum <${REPORTED_DIR}/"$at" | bb cut -d' ' -f1)
      fi
      echo "size $what $size $(bb cat ${STATE_DIR}/hash) $flat"
      ;;
    weigh) echo "weight $what $(nar_size ${REPORTED_DIR}/"$at")" ;;
    scan) echo ${REPORTED_DIR}/"$at refs $what" >&5 ;;
  esac
done <$known/jobs >${REPORT_FILE} 5>${STATE_DIR}/scans
[ ! -s ${STATE_DIR}/scans ] || mentioned_in_each $known/names <${STATE_DIR}/scans >>${REPORT_FILE}
`;
