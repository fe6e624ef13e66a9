"""Writes training.json and branching.{json,bin} beside itself, out of what make_layers.py and make_branching.py wrote: python select_training.py FOLDER. The two model files are copied as they are."""
import json, os, shutil, struct, sys
source, here = sys.argv[1], os.path.dirname(os.path.abspath(__file__))
def load(name):
    with open(os.path.join(source, name + '.json')) as f: j = json.load(f)
    with open(os.path.join(source, name + '.bin'), 'rb') as f: b = f.read()
    return j, lambda k: struct.unpack('<%df' % j['tensors'][k]['length'], b[4 * j['tensors'][k]['offset']:][:4 * j['tensors'][k]['length']])
j, tensor = load('layers')
losses = {n: {**{k: j['losses'][n][k] for k in ('class', 'config', 'per_sample')}, **{k: list(tensor('loss/%s/%s' % (n, k))) for k in ('y_true', 'y_pred', 'dy_pred')}} for n in ('bce_smooth', 'bce_logits_smooth', 'cce_smooth', 'cce_logits_smooth')}
optimizers = {n: {'class': j['optimizers'][n]['class'], 'config': j['optimizers'][n]['config'], 'v': [list(tensor('opt/%s/v%d' % (n, k))) for k in range(1, 6)]} for n in ('adamw', 'adamw_.1')}
reg = {n: {**j['regularizers_and_constraints']['step_' + n], 'kernel': list(tensor('reg/step_%s/kernel' % n)), 'bias': list(tensor('reg/step_%s/bias' % n))} for n in ('plain', 'l2_kernel', 'l1_kernel_l2_bias', 'activity_l2')}
bounds = {n: {**j['regularizers_and_constraints']['step_' + n], 'kernel': list(tensor('reg/step_%s/kernel' % n)), 'bias': list(tensor('reg/step_%s/bias' % n))} for n in ('max_norm', 'non_neg', 'unit_norm', 'min_max_norm')}
constrained = {k[11:]: list(tensor(k)) for k in j['tensors'] if k.startswith('constraint/')}
out = {'versions': j['versions'], 'losses': losses, 'optimizers': optimizers, 'v0': list(tensor('opt/v0')), 'gv': [list(tensor('opt/gv%d' % k)) for k in range(1, 6)],
       'regularizers': reg, 'constraints': bounds, 'constrained': constrained, 'x': list(tensor('reg/step_x')), 'y': list(tensor('reg/step_y')), 'w0': list(tensor('reg/step_w0')), 'b0': list(tensor('reg/step_b0'))}
with open(os.path.join(here, 'training.json'), 'w') as f: json.dump(out, f, separators=(',', ':'))
j, tensor = load('branching')
names, buf, tensors = [k for k in j['tensors'] if k in ('x', 'x_mirror_symmetric', 'y', 'predict0', 'saved_predict') or k.startswith('w0/')], [], {}
for k in names: v = tensor(k); tensors[k] = {'shape': j['tensors'][k]['shape'], 'offset': sum(map(len, buf)), 'length': len(v)}; buf.append(v)
with open(os.path.join(here, 'branching.bin'), 'wb') as f: f.write(b''.join(struct.pack('<%df' % len(v), *v) for v in buf))
with open(os.path.join(here, 'branching.json'), 'w') as f: json.dump({**{k: v for k, v in j.items() if k not in ('tensors', 'layers', 'optimizer_variables')}, 'tensors': tensors}, f, separators=(',', ':'))
for ext in ('keras', 'h5'): shutil.copyfile(os.path.join(source, 'branching.' + ext), os.path.join(here, 'branching.' + ext))
