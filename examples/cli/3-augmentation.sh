#!/usr/bin/env bash
# 3. End to end, with augmentation: the head stands on the frozen base, and every image is turned, shifted, slanted,
# zoomed and mirrored at random each time it is seen.
#
#   DATA=cats_and_dogs_small   train/ and validation/, each with one folder per class
#   APP=vgg16                  any application; wgraft summary --help lists them
#   ALPHA=                     width multiplier of mobilenet, such as 0.25
#   PREPROCESS=                default: rescale for vgg16 and vgg19, else the application's own
#   WEIGHTS=imagenet           or a file.h5
#   OUT=tutorial-run           augmentation/ is written there
set -euo pipefail

DATA=${DATA:-cats_and_dogs_small}
APP=${APP:-vgg16}
ALPHA=${ALPHA:-}
PREPROCESS=${PREPROCESS:-}
WEIGHTS=${WEIGHTS:-imagenet}
SIZE=${SIZE:-150}
EPOCHS=${EPOCHS:-30}
STEPS=${STEPS:-50}
BATCH_SIZE=${BATCH_SIZE:-32}
OUT=${OUT:-tutorial-run}

# --augment stands for the seven options of the tutorial: rotation 40, shifts, shear and zoom 0.2, horizontal flip, nearest.
wgraft train --data "$DATA" --out "$OUT/augmentation" --overwrite \
  --app "$APP" ${ALPHA:+--alpha "$ALPHA"} --weights "$WEIGHTS" \
  --size "$SIZE" ${PREPROCESS:+--preprocess "$PREPROCESS"} --trainable none --augment \
  --units 256 --dropout 0 --learning-rate 2e-5 \
  --epochs "$EPOCHS" --steps-per-epoch "$STEPS" --batch-size "$BATCH_SIZE"
