#!/usr/bin/env bash
# Installs what the tests in this folder talk to: nginx, haproxy, redis-server, openssl, Node with oidc-provider, Python with httpbin.
# Programs by Debian's package names; libraries into folders that git ignores, in the versions that the lock files name.
# Where Debian starts nginx, haproxy and redis-server as services, the tests do not use those:
# `systemctl disable --now nginx haproxy redis-server`.
set -euo pipefail
cd "$(dirname "$0")"

packages=()
PATH="$PATH:/usr/sbin"
command -v nginx >/dev/null || packages+=(nginx)
command -v haproxy >/dev/null || packages+=(haproxy)
command -v redis-server >/dev/null || packages+=(redis-server)
command -v openssl >/dev/null || packages+=(openssl)
command -v node >/dev/null || packages+=(nodejs)
command -v npm >/dev/null || packages+=(npm)
python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3 python3-venv)

if ((${#packages[@]})); then
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "Missing here, by Debian's names: ${packages[*]}. Install them, or run this as root on Debian." >&2
    exit 1
  fi
  echo "installing ${packages[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi

# What is there already, from the same lock file, is kept.
lock=oidc/package-lock.json installed=oidc/node_modules/installed-from.json
if ! cmp -s "$lock" "$installed"; then
  npm ci --prefix oidc --ignore-scripts --no-audit --no-fund
  cp "$lock" "$installed"
fi
lock=httpbin/requirements.txt installed=httpbin/venv/installed-from.txt
if ! cmp -s "$lock" "$installed"; then
  python3 -m venv --clear httpbin/venv
  httpbin/venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
  cp "$lock" "$installed"
fi
