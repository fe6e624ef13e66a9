// x is [batch, rows, groups, inner]; what is normalised together are the rows and the inner elements of a sample and a group, by one
// workgroup. The parameters are [groups, inner].
struct Group {
  first: u32,
  parameter: u32,
}

// The group-th of all samples' groups.
fn group_at(group: u32) -> Group {
  let parameter = group % params.groups * params.inner;
  return Group(group / params.groups * params.rows * params.groups * params.inner + parameter, parameter);
}

// Where the j-th element of a group lies in x.
fn place_of(group: Group, j: u32) -> u32 {
  return group.first + j / params.inner * (params.groups * params.inner) + j % params.inner;
}
