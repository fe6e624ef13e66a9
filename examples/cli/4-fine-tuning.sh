#!/usr/bin/env bash
# 4. Fine-tuning: goes on from the model of 3 and trains the last block of the base too, slowly.
#
#   DATA=cats_and_dogs_small   train/ and validation/, each with one folder per class
#   TRAINABLE=block5           layers and blocks of the base; the last of resnet50 is conv5_block3, of inceptionv3 mixed10
#   OUT=tutorial-run           augmentation/model.h5 is read there, fine-tuning/ is written
set -euo pipefail

DATA=${DATA:-cats_and_dogs_small}
TRAINABLE=${TRAINABLE:-block5}
EPOCHS=${EPOCHS:-100}
STEPS=${STEPS:-50}
BATCH_SIZE=${BATCH_SIZE:-32}
OUT=${OUT:-tutorial-run}

wgraft train --data "$DATA" --out "$OUT/fine-tuning" --overwrite \
  --init "$OUT/augmentation/model.h5" --trainable "$TRAINABLE" --augment --learning-rate 1e-5 \
  --epochs "$EPOCHS" --steps-per-epoch "$STEPS" --batch-size "$BATCH_SIZE"
