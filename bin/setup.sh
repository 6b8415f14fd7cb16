#!/usr/bin/env bash
# Brings what a fresh machine lacks: npm packages, a Python environment, the jars of Kafka and Spark. npm runs it before `start` and `test`.
# Each part leaves a stamp with the hash of the files it was made from, so that a second run finds nothing to do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  echo "setup: $1" >&2
  exit 1
}

case "${1:-}" in
  '') profiles=(kafka spark) ;;
  --deploy) profiles=(spark emr) ;;
  --tests) profiles=(kafka spark emr postgresql) ;;
  *) fail "option must be --deploy, --tests or nothing, got $1" ;;
esac

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.11 python3; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}

check_prerequisites() {
  command -v node >/dev/null || fail 'Node.js must be 20.15 or later, got none: install it (Debian: nodejs; or nodejs.org)'
  # What the click model hashes with came in 20.15 and 22.2.
  node -e 'process.exit(require("node:zlib").crc32 ? 0 : 1)' || fail "Node.js must be 20.15 or later, and 22.2 of the 22s, got $(node --version): install a newer one"
  command -v java >/dev/null || fail 'Java must be 17 (11 also runs), got none: install it (Debian: openjdk-17-jre-headless)'
  local java_version
  java_version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
  [[ "$java_version" =~ ^(11|17)$ ]] || fail "Java must be 17 (11 also runs), got ${java_version:-unknown}: install openjdk-17-jre-headless or put it first in PATH"
  if ! jars_made; then
    command -v mvn >/dev/null || fail 'Maven must be 3.8 or later, got none: install it (Debian: maven)'
  fi
  if [ ! -x .venv/bin/python ]; then
    [ -n "$(find_python)" ] || fail "Python must be 3.11, got $(python3 --version 2>/dev/null || echo none): install it (Debian: python3.11 python3.11-venv) or name it in PYTHON"
  fi
}

# made NAME FILE...: has NAME been made from the FILEs as they are now?
made() {
  local name=$1
  shift
  [ -f ".setup/$name" ] && [ "$(cat "$@" | sha256sum)" = "$(cat ".setup/$name")" ]
}

# make NAME TITLE FUNCTION FILE...: runs FUNCTION unless NAME is made; says what it does and how long it took.
make() {
  local name=$1 title=$2 function=$3
  shift 3
  if made "$name" "$@"; then return; fi
  rm -f ".setup/$name"
  echo "setup: $title …"
  local start=$SECONDS
  "$function" || fail "$title failed; the lines above say why. Run again to go on."
  mkdir -p .setup
  cat "$@" | sha256sum >".setup/$name"
  echo "setup: $title: done in $((SECONDS - start)) s"
}

npm_packages() {
  # No package here needs its install script.
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error &&
    ln -sf ../../bin/launch.mjs node_modules/.bin/millrace # `npx millrace` finds the command here
}

python_environment() {
  rm -rf .venv
  "$(find_python)" -m venv .venv && .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
}

python_tests() { .venv/bin/pip install --quiet --disable-pip-version-check -r requirements-tests.txt; }

jars() {
  local profile
  for profile in "${profiles[@]}"; do
    rm -rf ".jars/$profile"
    mvn --quiet --batch-mode -Dstyle.color=never -P"$profile" -Dpostgresql.platform="$(postgresql_platform)" \
      dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=".jars/$profile" || return 1
  done
}

postgresql_platform() {
  case "$(uname -s)-$(uname -m)" in
    Darwin-arm64) echo darwin-arm64v8 ;;
    Darwin-*) echo darwin-amd64 ;;
    *-aarch64) echo linux-arm64v8 ;;
    *) echo linux-amd64 ;;
  esac
}

jars_name="jars-$(IFS=-; echo "${profiles[*]}")"
# The jars of the tests hold those of a plain start.
jars_made() { made jars-kafka-spark-emr-postgresql pom.xml || made "$jars_name" pom.xml; }

check_prerequisites
make npm 'npm packages (about 800 MB)' npm_packages package-lock.json
case "${1:-}" in
  # Python itself is enough to fetch the packages of the cluster's nodes.
  --deploy) [ -x .venv/bin/python ] || "$(find_python)" -m venv .venv || fail 'Python environment could not be made; the lines above say why.' ;;
  --tests)
    make python 'Python environment with Spark (about 900 MB)' python_environment requirements.txt
    make python-tests 'Python tools of the tests (about 300 MB)' python_tests requirements.txt requirements-tests.txt
    ;;
  *) make python 'Python environment with Spark (about 900 MB)' python_environment requirements.txt ;;
esac
jars_made || make "$jars_name" "jars of ${profiles[*]} (about 100 MB)" jars pom.xml
