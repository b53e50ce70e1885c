/**
 * blake3 as a shell function: busybox has every other hash that Nix knows as a program, but not this
 * one. It runs in awk, at some tens of kilobytes a second, for the few derivations that ask for it.
 */

/** `blake3_of FILE`: the hash in base 16. */
export const BLAKE3_FUNCTION = String.raw`
# Words of four bytes come from od, the least significant byte first, as everywhere we run.
blake3_of() {
  bb od -An -v -tu4 "$1" | bb awk -v size="$(bb stat -c %s "$1")" '
    function mix(a, b, c, d, x, y,    t) {
      v[a] = (v[a] + v[b] + x) % M; t = xor(v[d], v[a]); v[d] = int(t / 65536) + t % 65536 * 65536
      v[c] = (v[c] + v[d]) % M; t = xor(v[b], v[c]); v[b] = int(t / 4096) + t % 4096 * 1048576
      v[a] = (v[a] + v[b] + y) % M; t = xor(v[d], v[a]); v[d] = int(t / 256) + t % 256 * 16777216
      v[c] = (v[c] + v[d]) % M; t = xor(v[b], v[c]); v[b] = int(t / 128) + t % 128 * 33554432
    }
    # From the chaining value in cv and the block in m; the new value is in cv.
    function compress(counter, length_, flags,    round, i) {
      for (i = 0; i < 8; i++) v[i] = cv[i]
      for (i = 0; i < 4; i++) v[8 + i] = iv[i]
      v[12] = counter; v[13] = 0; v[14] = length_; v[15] = flags
      for (round = 0; round < 7; round++) {
        mix(0, 4, 8, 12, m[s[round, 0]], m[s[round, 1]]); mix(1, 5, 9, 13, m[s[round, 2]], m[s[round, 3]])
        mix(2, 6, 10, 14, m[s[round, 4]], m[s[round, 5]]); mix(3, 7, 11, 15, m[s[round, 6]], m[s[round, 7]])
        mix(0, 5, 10, 15, m[s[round, 8]], m[s[round, 9]]); mix(1, 6, 11, 12, m[s[round, 10]], m[s[round, 11]])
        mix(2, 7, 8, 13, m[s[round, 12]], m[s[round, 13]]); mix(3, 4, 9, 14, m[s[round, 14]], m[s[round, 15]])
      }
      for (i = 0; i < 8; i++) cv[i] = xor(v[i], v[i + 8])
    }
    # Puts the value on top of the stack before the current one, and gives their parent.
    function join_top(flags,    i) {
      top--
      for (i = 0; i < 8; i++) { m[i] = stack[top, i]; m[8 + i] = cv[i]; cv[i] = iv[i] }
      compress(0, 64, PARENT + flags)
    }
    function block(    first, last, whole, length_, chunk, i) {
      for (i = words; i < 16; i++) m[i] = 0
      chunk = int(blocks / 16); first = blocks % 16 == 0
      whole = (blocks + 1) * 64 >= size
      last = whole || blocks % 16 == 15
      length_ = whole ? size - blocks * 64 : 64
      if (first) for (i = 0; i < 8; i++) cv[i] = iv[i]
      compress(chunk, length_, first * FIRST + last * LAST + (whole && top == 0) * ROOT)
      blocks++; words = 0
      if (whole) while (top > 0) join_top((top == 1) * ROOT)
      else if (last) {
        # As many pairs are complete as the number of chunks can be halved.
        for (i = chunk + 1; i % 2 == 0; i /= 2) join_top(0)
        for (i = 0; i < 8; i++) stack[top, i] = cv[i]
        top++
      }
    }
    BEGIN {
      M = 4294967296; FIRST = 1; LAST = 2; PARENT = 4; ROOT = 8
      split("1779033703 3144134277 1013904242 2773480762 1359893119 2600822924 528734635 1541459225", w, " ")
      for (i = 0; i < 8; i++) iv[i] = w[i + 1] + 0
      split("2 6 3 10 7 0 4 13 1 11 12 5 9 14 15 8", w, " ")
      for (i = 0; i < 16; i++) s[0, i] = i
      for (round = 1; round < 7; round++) for (i = 0; i < 16; i++) s[round, i] = s[round - 1, w[i + 1] + 0]
      top = 0; blocks = 0; words = 0
    }
    { for (i = 1; i <= NF; i++) { m[words++] = $i; if (words == 16) block() } }
    END {
      if (words > 0 || size == 0) block()
      for (i = 0; i < 8; i++) for (j = 0; j < 4; j++) { printf "%02x", cv[i] % 256; cv[i] = int(cv[i] / 256) }
      print ""
    }'
}
`;
