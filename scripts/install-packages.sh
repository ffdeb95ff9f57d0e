#!/bin/sh
# Installs Debian packages the way both the container image and `npm start` do: install-packages.sh ffmpeg [chromium …]
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "$@"
