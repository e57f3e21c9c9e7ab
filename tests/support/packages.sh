# Shared by examples/run.sh, tests/run.sh, tests/bench/run.sh and .ci/run, which source it: the Debian
# packages Protograph needs, and the function that installs those that are missing.
#
#   . tests/support/packages.sh
#   install_packages build tests
#
# Sets: build (the library and the examples), demo (what movie_tagging --resume-demo runs with), tests,
# bench, checks (what .ci/run does beside the tests).

packages_of() {
  local set
  for set in "$@"; do
    case "$set" in
      build) echo g++ cmake ninja-build protobuf-compiler libprotobuf-dev libabsl-dev libfmt-dev libcsv-dev \
        pkg-config libxxhash-dev libzstd-dev libpqxx-dev libcli11-dev ;;
      # Wrong programs are tried on both compilers; the documents' tests are in Python.
      # The store's tests start a Postgres of their own; cron expressions are checked against croniter.
      tests) echo libgtest-dev libgmock-dev librapidcheck-dev clang-14 doxygen python3 postgresql pgbouncer \
        iproute2 python3-croniter tzdata ;;
      demo) echo libgtest-dev libgmock-dev postgresql ;;
      bench) echo libtbb-dev valgrind clang-14 libgtest-dev libgmock-dev postgresql ;;
      checks) echo clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14 gcovr libtbb-dev ;;
      *) fail "no such set of packages: $set" ;;
    esac
  done | tr ' ' '\n' | sort -u
}

say() { printf '==> %s\n' "$*"; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Of the packages named, those that are not installed. Needs dpkg-query.
missing_packages() {
  local package
  for package in "$@"; do
    case "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" in
      ?i*) ;;
      *) echo "$package" ;;
    esac
  done
}

# Installs what is missing of the sets named; says nothing where nothing is.
install_packages() {
  local -a wanted missing as_root=()
  mapfile -t wanted < <(packages_of "$@")

  if ! command -v dpkg-query >/dev/null; then
    # Not Debian. The programs can be looked for; for the libraries CMake does so and names them.
    local program
    for program in c++ cmake ninja protoc; do
      command -v "$program" >/dev/null ||
        fail "$program is missing and there is no apt-get to install it with." \
          "Install what corresponds to these Debian packages, then run this again: ${wanted[*]}"
    done
    say "No apt-get here: going on with what is installed. Needed are, by their Debian names: ${wanted[*]}"
    return
  fi

  mapfile -t missing < <(missing_packages "${wanted[@]}")
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null ||
    fail "there is no apt-get to install what is missing." \
      "Install these packages, then run this again: ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "packages are missing, and installing them needs root or sudo." \
        "As root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi

  say "Installing ${missing[*]}"
  local log
  log="$(mktemp)"
  if ! { "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    fail "apt-get could not install: ${missing[*]}"
  fi
  rm -f "$log"
}

# configure <preset> <cmake argument>...: quiet where it succeeds.
configure() {
  local log
  log="$(mktemp)"
  say "Configuring (preset $1)"
  if ! cmake --preset "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "cmake could not configure the build; its reason stands above." \
      "Debian's packages for it: $(packages_of build tests | tr '\n' ' ')"
  fi
  rm -f "$log"
}

# How many compilers to run at once: one a processor, each needs up to 1.5 GB.
build_jobs() {
  local processors memory_kb jobs
  processors="$(nproc)"
  memory_kb="$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo 2>/dev/null || true)"
  jobs=$((${memory_kb:-3000000} / 1500000))
  ((jobs < processors)) || jobs=$processors
  ((jobs > 0)) || jobs=1
  echo "$jobs"
}
