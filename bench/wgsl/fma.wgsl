// Chains of fused multiply-adds in registers: `Lane` is f32, vec2f or vec4f, so that an adapter gets as many independent
// ones as it needs to hide their latency and no more than it has registers for. factors = [m, c] come from a buffer: a
// compiler that knew them could fold the chains. 32 of them a turn.
override iterations: u32;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> factors: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = Lane(factors[0]);
  let c = Lane(factors[1]);
  var a = Lane(f32(id.x) * 1e-6);
  var b = a + c;
  var d = b + c;
  var e = d + c;
  var f = e + c;
  var g = f + c;
  var h = g + c;
  var k = h + c;
  for (var i = 0u; i < iterations; i++) {
    a = fma(a, m, c); b = fma(b, m, c); d = fma(d, m, c); e = fma(e, m, c);
    f = fma(f, m, c); g = fma(g, m, c); h = fma(h, m, c); k = fma(k, m, c);
    a = fma(a, m, c); b = fma(b, m, c); d = fma(d, m, c); e = fma(e, m, c);
    f = fma(f, m, c); g = fma(g, m, c); h = fma(h, m, c); k = fma(k, m, c);
    a = fma(a, m, c); b = fma(b, m, c); d = fma(d, m, c); e = fma(e, m, c);
    f = fma(f, m, c); g = fma(g, m, c); h = fma(h, m, c); k = fma(k, m, c);
    a = fma(a, m, c); b = fma(b, m, c); d = fma(d, m, c); e = fma(e, m, c);
    f = fma(f, m, c); g = fma(g, m, c); h = fma(h, m, c); k = fma(k, m, c);
  }
  y[id.x] = first(((a + b) + (d + e)) + ((f + g) + (h + k)));
}
