/**
 * Unpacks archives in the runner: Nix archives, and tar and zip in whatever compression busybox knows.
 *
 * A Nix archive is read in windows of 16 KiB from where the last file ended: `od` shows the bytes to awk,
 * which says what to make; file contents are never shown, only copied.
 */
import { BUSYBOX } from './tools';

export const UNPACK_FUNCTIONS = String.raw`
# Says what the archive $1 holds, a line each: d PATH, l PATH TAB TARGET, f OFFSET SIZE PATH, x OFFSET SIZE PATH.
nar_index() {
  bb awk -v file="$1" -v busybox="$BB" '
    function window(at,   command, line, n, parts, i) {
      start = at; split("", byte); count = 0
      command = busybox " od -An -v -t u1 -j " at " -N 16384 " file
      while ((command | getline line) > 0) {
        n = split(line, parts, " ")
        for (i = 1; i <= n; i++) byte[count++] = parts[i]
      }
      close(command)
    }
    function need(n) { if (position < start || position + n > start + count) window(position); if (position + n > start + count) { bad = 1; exit } }
    function integer(   i, value) {
      need(8); value = 0
      for (i = 7; i >= 0; i--) value = value * 256 + byte[position - start + i]
      position += 8
      return value
    }
    function word(   n, i, text) {
      n = integer(); if (n > 8192) { bad = 1; exit }
      need(n + (8 - n % 8) % 8)
      text = ""
      for (i = 0; i < n; i++) text = text sprintf("%c", byte[position - start + i])
      position += n + (8 - n % 8) % 8
      return text
    }
    function expect(text) { if (word() != text) { bad = 1; exit } }
    function node(path,   kind, size, mode, next_word, name) {
      expect("("); expect("type"); kind = word()
      if (kind == "symlink") { expect("target"); printf "l %s\t%s%c", path, word(), 0; expect(")") }
      else if (kind == "regular") {
        mode = "f"; next_word = word()
        if (next_word == "executable") { expect(""); mode = "x"; next_word = word() }
        if (next_word == "contents") {
          size = integer()
          printf "%s %d %d %s%c", mode, position, size, path, 0
          position += size + (8 - size % 8) % 8
          next_word = word()
        } else printf "%s 0 0 %s%c", mode, path, 0
        if (next_word != ")") { bad = 1; exit }
      } else if (kind == "directory") {
        printf "d %s%c", path, 0
        while ((next_word = word()) == "entry") {
          expect("("); expect("name"); name = word()
          if (name == "" || name == "." || name == ".." || index(name, "/")) { bad = 1; exit }
          expect("node"); node(path "/" name); expect(")")
        }
        if (next_word != ")") { bad = 1; exit }
      } else { bad = 1; exit }
    }
    BEGIN { position = 0; start = 0; count = 0; bad = 0; if (word() == "nix-archive-1") node(""); else bad = 1; exit }
    END { exit bad }
  ' </dev/null
}

# Unpacks the Nix archive $1 to the path $2, which is not there yet.
unpack_nar() {
  BB=${BUSYBOX}
  (nar_index "$1" || printf '!%b' '\0') | while IFS= read -r -d '' line; do
    rest=${'${line#* }'}
    case $line in
      '!'*) exit 1 ;;
      d*) bb mkdir "$2${'${line#d }'}" || exit ;;
      l*) bb ln -s "${'${rest#*	}'}" "$2${'${rest%%	*}'}" || exit ;;
      *)
        offset=${'${rest%% *}'}
        rest=${'${rest#* }'}
        size=${'${rest%% *}'}
        bb dd if="$1" of="$2${'${rest#* }'}" bs=65536 iflag=skip_bytes,count_bytes skip="$offset" count="$size" 2>/dev/null || exit
        case $line in x*) bb chmod 0755 "$2${'${rest#* }'}" ;; esac
        ;;
    esac
  done
}

# Unpacks a tar or zip archive $1 into the directory $2, told by its first bytes.
unpack_archive() {
  case $(bb od -An -v -t x1 -N 6 "$1" | bb tr -d ' \n') in
    1f8b*) bb gunzip -c "$1" | bb tar xf - -C "$2" ;;
    425a68*) bb bunzip2 -c "$1" | bb tar xf - -C "$2" ;;
    fd377a585a00) bb unxz -c "$1" | bb tar xf - -C "$2" ;;
    504b0304*) bb unzip -q "$1" -d "$2" ;;
    28b52ffd*)
      echo "error: '$1' is compressed by zstd, which busybox cannot read" >&2
      return 1
      ;;
    *) bb tar xf "$1" -C "$2" ;;
  esac
}
`;
