# Small derivations for what Nix does besides running a builder: built by real Nix and by BuildKit in
# one build each, and compared path by path. Those of `bad` must fail for the same reason.
let
  bb = builtins.path { path = ./busybox; name = "busybox-static"; };
  bash = builtins.path { path = ./bash; name = "bash-static"; };
  sh = script: [ "-euc" ("export PATH=" + bb + "/bin\n" + script) ];
  mk = name: script: extra: derivation ({ inherit name; system = "x86_64-linux"; builder = bb + "/bin/sh"; args = sh script; } // extra);
  mks = name: script: extra: derivation ({ inherit name; system = "x86_64-linux"; __structuredAttrs = true; builder = bash + "/bin/bash"; args = [ "-euc" (". $NIX_ATTRS_SH_FILE\nexport PATH=${bb}/bin\nout=\${outputs[out]}\n" + script) ]; } // extra);
  ca = { __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; };
  flat = algorithm: hash: { outputHashAlgo = algorithm; outputHashMode = "flat"; outputHash = hash; };
  dep = mk "dep" "mkdir $out; echo dep > $out/x" {};
  dep2 = mk "dep2" "mkdir $out; echo ${dep} > $out/x" {};
  caA = mk "ca-a" "mkdir $out; echo $out > $out/self; ln -s $out/self $out/link; echo ${dep2} > $out/ref; echo hi > $out/\${out##*/}" ca;
  caMulti = mk "ca-multi" "mkdir $out $dev; echo $dev > $out/d; echo $dev/self > $dev/self; ln -s $dev/self $out/l" (ca // { outputs = [ "out" "dev" ]; });
  caCut = n: mk "ca-cut" "# ${n}\necho same > $out" ca;
  caLink = mk "ca-symlink" "ln -s ${dep}/x $out" ca;
  relative = mk "rellink" "mkdir $dev; echo d > $dev/f; ln -s \${dev##*/} $out" { outputs = [ "out" "dev" ]; };
  inner = mk "inner" "echo inner > $out; echo ${dep2} >> $out" {};
  producer = derivation { name = "inner.drv"; system = "x86_64-linux"; builder = bb + "/bin/sh"; args = sh "cat ${builtins.unsafeDiscardOutputDependency inner.drvPath} > $out"; __contentAddressed = true; outputHashMode = "text"; outputHashAlgo = "sha256"; };
  envP = mk "p" "mkdir -p $out/bin $out/nix-support $out/share/a; echo ${envQ} > $out/nix-support/propagated-user-env-packages; echo p > $out/bin/p; echo .h > $out/.hidden; ln -s nowhere $out/bin/dangling; ln -s $out/share $out/slink" {};
  envQ = mk "q" "mkdir -p $out/bin $out/share/a; echo q > $out/bin/q; echo l > $out/log" {};
in rec {
  good = {
    attributes = mks "attributes" "cp $NIX_ATTRS_JSON_FILE $out; cat $NIX_ATTRS_SH_FILE >> $out" { big = 5000000000; neg = -3; f3 = 3.0; f1e30 = 1.0e30; small = 1.5e-7; n = null; list = [ 1 "a b" true null 2.5 ]; nest = { a = [ 1 ]; }; obj = { "k y" = 1; z = false; }; uni = "äöü€😀"; esc = "a\tb\\c\r\n\"$x`"; "bad-name" = [ 1 ]; empty = [ ]; };
    attributesOutputs = mks "attributes-outputs" "echo \${outputs[dev]} > $out; mkdir \${outputs[dev]}" { outputs = [ "out" "dev" ]; };
    attributesGraph = mks "attributes-graph" "cp $NIX_ATTRS_JSON_FILE $out" { exportReferencesGraph = { g = [ dep2 ]; h = [ dep bb ]; }; };
    discarded = mks "discarded" "echo ${dep} > $out" { unsafeDiscardReferences = { out = true; }; };
    withinLimits = mks "within-limits" "echo hello > $out" { outputChecks.out = { maxSize = 1000; maxClosureSize = 2000; allowedReferences = [ ]; }; };
    graph = mk "graph" "cp g $out; cat h >> $out" { exportReferencesGraph = [ "g" dep2 "h" "${dep2}/x" ]; };
    allowed = mk "allowed" "echo $out ${dep2} > $out" { allowedRequisites = [ dep2 dep ]; disallowedReferences = [ dep ]; };
    passed = mk "passed" "cat $bigPath > $out; cat \"$xPath\" >> $out" { passAsFile = [ "big" "x" ]; big = "content\n"; x = "${dep} $out"; };
    caChain = mk "ca-chain" "mkdir $out; cat ${caA}/ref > $out/r; echo ${caA} ${caMulti.dev} > $out/x; echo $out > $out/me" ca;
    onCa = mk "on-ca" "mkdir $out $lib; echo ${caA} $lib > $out/x; cp ${caMulti}/d $lib/d" { outputs = [ "out" "lib" ]; };
    caGit = mk "ca-git" "mkdir -p $out/a.b $out/a; echo x > $out/x; echo y > $out/a/y; echo '#!' > $out/a.b/run; chmod +x $out/a.b/run; ln -s x $out/l" { __contentAddressed = true; outputHashMode = "git"; outputHashAlgo = "sha1"; };
    caText = mk "ca-text" "echo ${dep2} > $out" { __contentAddressed = true; outputHashMode = "text"; outputHashAlgo = "sha256"; };
    caBlake3 = mk "ca-blake3" "mkdir $out; head -c 3000 /dev/zero > $out/x" { __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "blake3"; };
    caMd5 = mk "ca-md5" "echo s > $out" { __contentAddressed = true; outputHashMode = "flat"; outputHashAlgo = "md5"; };
    caLinkUser = mk "ca-symlink-user" "cat ${caLink} > $out" {};
    caCutUser = mk "ca-cut-user" "cat ${caCut "1"} ${caCut "2"} > $out" {};
    fixedOnCa = mk "fixed-on-ca" "cat ${caCut "3"} > $out" (flat "sha256" (builtins.hashString "sha256" "same\n"));
    fixedText = mk "fixed-text" "printf text > $out" { outputHashAlgo = "sha256"; outputHashMode = "text"; outputHash = builtins.hashString "sha256" "text"; };
    dynamic = mk "dynamic" "cat ${builtins.outputOf producer.outPath "out"} > $out; echo used >> $out" {};
    relativeLink = mk "relative-link" "readlink ${relative} > $out; cat ${relative}/f >> $out" {};
    arguments = derivation { name = "arguments"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo \"$0 $*\" 'q'\"'\"'x' > $out; exit 0" "zero one" "two\nthree" "" "ünï" ]; };
    variables = mk "variables" "printf '%s' \"$multi\" > $out; env | grep -E '^(OTEL|TRACE|SHLVL|IFS|PPID|OPTIND|LINENO|x-y|a[.]b)' | sort >> $out" { multi = "a\nexport OTEL_X=1\nexport foo\n"; OTEL_MINE = "1"; IFS = ":"; "x-y" = "2"; "a.b" = "1"; empty = ""; };
    large = mk "large" "echo \${#v} > $out" { v = builtins.concatStringsSep "" (builtins.genList (i: "0123456789abcdef") 7000); };
    background = mk "background" "(sleep 1; echo late) & echo x > $out" {};
    permissions = mk "permissions" "mkdir -p $out/a/b; echo 1 > $out/a/f; chmod 755 $out/a/f; chmod 0 $out/a/b; touch -d '2001-01-01' $out/a/f; ln $out/a/f $out/hard; mkdir $out/a/'sp ace'; echo > \"$out/a/sp ace/new
line\"; ln -s '/nowhere/at all' $out/broken; chmod 1777 $out/a/'sp ace'; chmod 400 $out/hard; echo > $out/$(printf '\\303\\050'); mkdir $out/d; echo > $out/d/x; chmod 0 $out/d/x; chmod 0100 $out/d" {};
    outputChain = mk "output-chain" "echo $b > $out; echo $c > $b; echo c > $c" { outputs = [ "out" "b" "c" ]; };
    selfNamed = mk "self-named" "mkdir $out; ln -s $out $out/me; echo ${dep2} | gzip -n > $out/z; mkdir $out/\${out##*/}" {};
    environment = derivation { name = "environment"; system = "builtin"; builder = "builtin:buildenv"; manifest = builtins.toFile "m" "[]"; derivations = [ "true" "5" 1 envP "false" "1" 1 envQ ]; };
    channel = derivation { name = "channel"; system = "builtin"; builder = "builtin:unpack-channel"; channelName = "renamed"; src = mk "one.tar.bz2" "mkdir -p a/b; echo x > a/b/x; touch -d @1 a/b/x a/b a; tar cjf $out a" {}; };
  };
  bad = {
    selfReference = mk "self-reference" "echo $out > $out" { allowedReferences = [ ]; };
    tooLarge = mks "too-large" "echo hello > $out" { outputChecks.out.maxSize = 100; };
    fixedReference = mk "fixed-reference" "echo ${dep} > $out" (flat "sha256" (builtins.hashString "sha256" "${dep}\n"));
    fixedSha512 = mk "fixed-sha512" "mkdir $out; echo a > $out/a" { outputHashAlgo = "sha512"; outputHashMode = "recursive"; outputHash = builtins.hashString "sha512" ""; };
    fixedGit = mk "fixed-git" "mkdir -p $out/d; echo x > $out/x; echo y > $out/d/y" { outputHashAlgo = "sha1"; outputHashMode = "git"; outputHash = "0000000000000000000000000000000000000000"; };
    fixedBlake3 = mk "fixed-blake3" "head -c 5000 /dev/zero > $out" (flat "blake3" "blake3-ZDezrDhGUTP/tjt1JzqNtUjFWEZdedswA/sIOMyRzYU=");
    fixedFolder = mk "fixed-folder" "mkdir $out" (flat "sha256" (builtins.hashString "sha256" "x"));
    noOutput = mk "no-output" "true" {};
    groupWritable = mk "group-writable" "echo x > $out; chmod 664 $out" {};
    pipe = mk "pipe" "mkdir $out; mkfifo $out/fifo" {};
    circle = mk "circle" "echo $b > $out; echo $c > $b; echo $out > $c" { outputs = [ "out" "b" "c" ]; };
    exitCode = mk "exit-code" "exit 255" {};
    requisite = mk "requisite" "echo ${dep2} > $out" { disallowedRequisites = [ dep ]; };
    largeClosure = mks "large-closure" "echo ${dep2} > $out" { outputChecks.out.maxClosureSize = 100; };
  };
  outputsOf = set: builtins.concatMap (each: each.all) (builtins.attrValues set);
  allGood = mk "all-good" "echo > $out" { all = outputsOf good; };
  allBad = mk "all-bad" "echo > $out" { all = outputsOf bad; };
}
