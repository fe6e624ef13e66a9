#!/usr/bin/env bash
# 5. Loss, accuracy, confusion matrix and the worst mistakes on the test images; then the class of single ones.
#
#   5-evaluate-predict.sh [IMAGE…]   default: the first test image of each class
#
#   DATA=cats_and_dogs_small                       test/, with one folder per class
#   MODEL=tutorial-run/fine-tuning/model.h5        any model of these scripts
set -euo pipefail

DATA=${DATA:-cats_and_dogs_small}
OUT=${OUT:-tutorial-run}
MODEL=${MODEL:-$OUT/fine-tuning/model.h5}

wgraft evaluate --model "$MODEL" --data "$DATA"

images=("$@")
if [ "${#images[@]}" -eq 0 ]; then
  for class in "$DATA"/test/*/; do
    found=("$class"*)
    images+=("${found[0]}")
  done
fi
wgraft predict --model "$MODEL" "${images[@]}"
