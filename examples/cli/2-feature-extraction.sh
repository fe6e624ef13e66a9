#!/usr/bin/env bash
# 2. Fast feature extraction: the base once over every image, then a head (Dense 256, Dropout 0.5, Dense 1) on that.
#
#   DATA=cats_and_dogs_small   train/, validation/ and test/, each with one folder per class
#   APP=vgg16                  any application; wgraft summary --help lists them
#   ALPHA=                     width multiplier of mobilenet, such as 0.25
#   PREPROCESS=                default: rescale for vgg16 and vgg19, else the application's own
#   WEIGHTS=imagenet           or a file.h5
#   OUT=tutorial-run           features.h5 and feature-extraction/ are written there
set -euo pipefail

DATA=${DATA:-cats_and_dogs_small}
APP=${APP:-vgg16}
ALPHA=${ALPHA:-}
PREPROCESS=${PREPROCESS:-}
WEIGHTS=${WEIGHTS:-imagenet}
SIZE=${SIZE:-150}
EPOCHS=${EPOCHS:-30}
BATCH_SIZE=${BATCH_SIZE:-20}
OUT=${OUT:-tutorial-run}

mkdir -p "$OUT"
wgraft extract --data "$DATA" --out "$OUT/features.h5" --overwrite \
  --app "$APP" ${ALPHA:+--alpha "$ALPHA"} --weights "$WEIGHTS" \
  --size "$SIZE" ${PREPROCESS:+--preprocess "$PREPROCESS"} --batch-size "$BATCH_SIZE"

# Curves, history and report lie beside model.h5.
wgraft train --features "$OUT/features.h5" --out "$OUT/feature-extraction" --overwrite \
  --units 256 --dropout 0.5 --learning-rate 2e-5 --epochs "$EPOCHS" --batch-size "$BATCH_SIZE"

wgraft evaluate --model "$OUT/feature-extraction/model.h5" --features "$OUT/features.h5"
