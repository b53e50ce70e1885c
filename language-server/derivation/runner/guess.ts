/**
 * What a builder sees besides what Nix would show it. An input of the same stage is mounted with all
 * that it could see itself, of which it may refer to little. Where the references of an output matter
 * inside the build, for its path or against a limit, only those count that the inputs lead to; the
 * runner finds these in the inputs themselves, once an output mentions anything that is in doubt.
 */
import type { ByteString } from '../byte-string';
import { baseName } from '../store-path';
import { WORK_DIR } from './tools';

export type GuessedScope = {
  /** What paths refer to besides themselves, where that is known; others are in {@link made}, or have none. */
  readonly known: ReadonlyMap<ByteString, readonly ByteString[]>;
  /** Derivations of the same stage, inputs first: what they made, and what their builders were given. */
  readonly made: readonly {
    readonly outputs: readonly ByteString[];
    readonly given: readonly ByteString[];
  }[];
  /** What the derivation itself is given. */
  readonly given: readonly ByteString[];
};

/**
 * Lines for `unseen`: `n BASE` gives a store path's name the next number from 1 on; then, in numbers,
 * `k PATH REFERENCE…`, `m OUTPUT… < GIVEN…` and at last `g GIVEN…`.
 */
export function guessText({ known, made, given }: GuessedScope): ByteString {
  const numbers = new Map<ByteString, number>();
  const numbersOf = (paths: readonly ByteString[]): string =>
    paths
      .map((path) => {
        const number = numbers.get(path) ?? numbers.size + 1;
        numbers.set(path, number);
        return ` ${number}`;
      })
      .join('');
  const lines = [
    ...[...known].map(([path, references]) => `k${numbersOf([path, ...references])}`),
    ...made.map((each) => `m${numbersOf(each.outputs)} <${numbersOf(each.given)}`),
    `g${numbersOf(given)}`,
  ];
  return [...[...numbers.keys()].map((path) => `n ${baseName(path)}`), ...lines].join('\n');
}

export const GUESS_FUNCTIONS = String.raw`
# Reads llblens_guess and the file $1, a line for each path that another derivation made: its name, and
# the names that it mentions. Prints the names that the inputs do not lead to.
unseen() {
  echo "$llblens_guess" | bb awk -v mentions="$1" '
    function refer(from, to) { refers[from] = refers[from] " " to }
    # Marks with the word round all that the numbers in the list lead to.
    function reach(list, round,   queue, end, at, count, some, i) {
      end = split(list, queue, " ")
      for (at = 1; at <= end; at++) {
        if (seen[queue[at]] == round) continue
        seen[queue[at]] = round
        count = split(refers[queue[at]], some, " ")
        for (i = 1; i <= count; i++) queue[++end] = some[i]
      }
    }
    BEGIN {
      while ((getline line < mentions) > 0) {
        at = index(line, " ")
        if (at) mentioned[substr(line, 1, at - 1)] = substr(line, at + 1)
      }
    }
    $1 == "n" { name[++names] = $2; number[$2] = names; next }
    $1 == "k" { for (i = 3; i <= NF; i++) refer($2, $i); next }
    { at = index($0, "<"); given = substr($0, at ? at + 1 : 2); round = NR; reach(given, round) }
    $1 == "m" {
      for (i = 2; $i != "<"; i++) seen[$i] = round
      for (i = 2; $i != "<"; i++) {
        count = split(mentioned[name[$i]], words, " ")
        for (j = 1; j <= count; j++) if (seen[number[words[j]]] == round) refer($i, number[words[j]])
      }
    }
    END { for (i = 1; i <= names; i++) if (seen[i] != round) print name[i] }'
}

# Takes out of the list of names those that the inputs do not lead to, if any of the names $1 is in doubt.
settle() {
  for doubt in $(bb cat ${WORK_DIR}/doubts); do
    case " $1 " in *" $doubt "*) ;; *) continue ;; esac
    echo "$llblens_guess" | bb awk '
      $1 == "n" { name[++names] = $2 }
      $1 == "m" { for (i = 2; $i != "<"; i++) print name[$i] }' >${WORK_DIR}/made
    echo "$llblens_guess" | bb sed -n 's/^n //p' >${WORK_DIR}/guessed
    while read -r base; do
      echo "$llblens_store/$base $base"
    done <${WORK_DIR}/made | mentioned_in_each ${WORK_DIR}/guessed >${WORK_DIR}/mentioned
    unseen ${WORK_DIR}/mentioned >${WORK_DIR}/unseen
    bb awk 'file == "unseen" { unseen[$0]; next } !($0 in unseen)' \
      file=unseen ${WORK_DIR}/unseen file=names ${WORK_DIR}/names >${WORK_DIR}/shown
    bb mv ${WORK_DIR}/shown ${WORK_DIR}/names
    : >${WORK_DIR}/doubts
    return 0
  done
  return 1
}
`;
