# shellcheck shell=bash disable=SC2034  # used by those who source it
# Sourced by install and uninstall: where each installed file goes, DESTDIR not counted.
PREFIX=${PREFIX:-/usr/local}
DESTDIR=${DESTDIR:-}

bin=$PREFIX/bin
docs=$PREFIX/share/doc/macie-broker
unit=$PREFIX/lib/systemd/system/macie-broker.service
bash_completion=$PREFIX/share/bash-completion/completions/macie-broker
zsh_completion=$PREFIX/share/zsh/site-functions/_macie-broker
fish_completion=$PREFIX/share/fish/vendor_completions.d/macie-broker.fish
# The broker reads /etc/macie-broker whatever the prefix.
example=/etc/macie-broker/broker.yaml.example
