"""Writes operations.json beside itself: functional models of one operation each that Keras saves where a tensor is computed with outside a layer, with what they make of x. pip install keras==3.15.1 "jax[cpu]"; python make_operations.py"""
import json, os
os.environ['KERAS_BACKEND'] = 'jax'
import keras, numpy as np
from keras import ops
n = 2 * 4 * 6 * 2
x = (np.arange(n, dtype=np.float64) * 37 % 97 / 97 * 4 - 2).astype(np.float32).reshape(2, 4, 6, 2)
CASES = {
    'exp': ops.exp, 'hard_sigmoid': ops.hard_sigmoid, 'hard_silu': ops.hard_silu, 'log_sigmoid': ops.log_sigmoid, 'sigmoid': ops.sigmoid, 'softplus': ops.softplus, 'tanh': ops.tanh,
    'elu': lambda y: ops.elu(y, alpha=.5), 'leaky_relu': lambda y: ops.leaky_relu(y, negative_slope=.1), 'log_softmax': ops.log_softmax, 'relu': ops.relu, 'relu6': ops.relu6, 'selu': ops.selu, 'silu': ops.silu,
    'gelu_exact': keras.activations.gelu, 'softmax_of_channels': ops.softmax, 'softmax_of_rows': lambda y: ops.softmax(y, axis=1), 'softsign': ops.softsign, 'clip': lambda y: ops.clip(y, 0, 1),
    'concatenate': lambda y: ops.concatenate([y, y], axis=1), 'reshape': lambda y: ops.reshape(y, (-1, 8, 6)), 'transpose': lambda y: ops.transpose(y, (0, 3, 1, 2)), 'resize': lambda y: ops.image.resize(y, (5, 7)),
    'resize_nearest': lambda y: ops.image.resize(y, (2, 9), interpolation='nearest'), 'mean': lambda y: ops.mean(y, axis=[1, 2]), 'max': lambda y: ops.max(y, axis=(1, 2), keepdims=True),
    'max_pool': lambda y: ops.max_pool(y, 2, 1, 'same'), 'average_pool': lambda y: ops.average_pool(y, (2, 3), 2),
}
out = {}
for name, operation in CASES.items():
    i = keras.Input((4, 6, 2), name='x'); m = keras.Model(i, operation(i), name='one')
    v = np.asarray(m(x))
    out[name] = {'config': json.loads(m.to_json()), 'shape': list(v.shape), 'output': [float('%.9g' % k) for k in v.reshape(-1)]}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'operations.json'), 'w') as f: json.dump({'versions': {'keras': keras.__version__}, 'x': [float(k) for k in x.reshape(-1)], 'cases': out}, f, separators=(',', ':'))
