// Images of any sizes, each a box of its own among the pixels, in one size. Where a box is padded, `fill` is around it.
@group(0) @binding(1) var<storage, read> boxes: array<vec4u>;
// Floats, or bytes, four to a word.
@group(0) @binding(2) var<storage, read> pixels: array<Pixel>;

override bytes: bool;
override fill: f32;
// Pixels are whole numbers 0 to 255, whatever is given.
override truncate: bool;

// Two vectors of `boxes`.
struct Box {
  // Of the box's first pixel, among all numbers.
  first: u32,
  // Numbers from one row of the image to the next.
  row_length: u32,
  height: u32,
  width: u32,
  // Rows of padding above and below, columns left and right.
  rows: u32,
  columns: u32,
}

fn box_of(image: u32) -> Box {
  let a = boxes[2u * image];
  let b = boxes[2u * image + 1u];
  return Box(a.x, a.y, a.z, a.w, b.x, b.y);
}

fn number(i: u32) -> f32 {
  if (bytes) {
    return f32((u32(pixels[i / 4u]) >> (8u * (i % 4u))) & 0xFFu);
  }
  let value = f32(pixels[i]);
  return select(value, trunc(clamp(value, 0.0, 255.0)), truncate);
}

fn value_at(box: Box, row: u32, column: u32, channel: u32) -> f32 {
  if (row < box.rows || row >= box.rows + box.height || column < box.columns || column >= box.columns + box.width) {
    return fill;
  }
  let pixel = box.first + (row - box.rows) * box.row_length + (column - box.columns) * channels;
  return preprocess(number(pixel + source_channel(channel)), channel);
}

fn element(place: Place) -> T {
  let box = box_of(place.image);
  let down = Axis(box.height + 2u * box.rows, params.height);
  let across = Axis(box.width + 2u * box.columns, params.width);
  let rows = sources_of(down, place.row);
  let columns = sources_of(across, place.column);
  var sum = 0.0;
  var total = 0.0;
  for (var row = rows.first; row < rows.end; row++) {
    let row_weight = weight_of(down, place.row, row);
    for (var column = columns.first; column < columns.end; column++) {
      let weight = row_weight * weight_of(across, place.column, column);
      sum += weight * value_at(box, row, column, place.channel);
      total += weight;
    }
  }
  return sum / total;
}
