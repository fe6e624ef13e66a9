// What is compiled in of a grouped convolution: small numbers that few layers differ by, so that loops unroll.
override kernel_height: u32;
override kernel_width: u32;
override stride_height: u32;
override stride_width: u32;
override dilation_height: u32;
override dilation_width: u32;
override group_inputs: u32;
override group_outputs: u32;
