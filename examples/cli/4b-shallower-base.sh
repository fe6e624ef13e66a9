#!/usr/bin/env bash
# 4b. A base that is cut lower, for images of another kind than ImageNet's. Maps are large down there, so the mean of
# each is taken over height and width: 256 values an image behind block3. For cats and dogs, which ImageNet has plenty
# of, this is the worse choice.
#
#   DATA=cats_and_dogs_small   train/ and validation/, each with one folder per class
#   APP=vgg16                  any application; wgraft summary --help lists them
#   ALPHA=                     width multiplier of mobilenet, such as 0.25
#   PREPROCESS=                default: rescale for vgg16 and vgg19, else the application's own
#   WEIGHTS=imagenet           or a file.h5
#   OUT=tutorial-run           shallow.h5 and shallower-base/ are written there
set -euo pipefail

DATA=${DATA:-cats_and_dogs_small}
APP=${APP:-vgg16}
ALPHA=${ALPHA:-}
PREPROCESS=${PREPROCESS:-}
WEIGHTS=${WEIGHTS:-imagenet}
SIZE=${SIZE:-150}
LAYER=${LAYER:-block3_pool}
EPOCHS=${EPOCHS:-30}
BATCH_SIZE=${BATCH_SIZE:-20}
OUT=${OUT:-tutorial-run}

mkdir -p "$OUT"
wgraft extract --data "$DATA" --out "$OUT/shallow.h5" --overwrite \
  --app "$APP" ${ALPHA:+--alpha "$ALPHA"} --weights "$WEIGHTS" \
  --size "$SIZE" ${PREPROCESS:+--preprocess "$PREPROCESS"} --layer "$LAYER" --pooling avg --batch-size "$BATCH_SIZE"

# So small a head takes larger steps than that of 2, which has 8192 values to go by.
wgraft train --features "$OUT/shallow.h5" --out "$OUT/shallower-base" --overwrite \
  --learning-rate 2e-4 --epochs "$EPOCHS" --batch-size "$BATCH_SIZE"
