#!/usr/bin/env bash
# 1. The convolutional base: its layers, their output shapes, their parameters. Needs no GPU and no weights.
#
#   APP=vgg16  any application; wgraft summary --help lists them
#   ALPHA=     width multiplier of mobilenet, such as 0.25
#   SIZE=150   height and width of the images
set -euo pipefail

APP=${APP:-vgg16}
ALPHA=${ALPHA:-}
SIZE=${SIZE:-150}

wgraft summary "$APP" ${ALPHA:+--alpha "$ALPHA"} --size "$SIZE"
