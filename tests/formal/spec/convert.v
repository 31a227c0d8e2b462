// Specification of the conversion of FP32 values to a block, and of its random bits.
// `rounding`: 0 nearest, 1 stochastic, else truncate.
module block_convert #(
  parameter N = 2, parameter M = 4, parameter E = 10, parameter R = 8, parameter CODED = 0
) (
  input [32*N-1:0] values, input [31:0] seed, step, input [1:0] rounding,
  output reg [N*M+E-1:0] block);
  localparam signed [12:0] HIGH = (1 << (E - 1)) - 1;
  localparam [M-2:0] LARGEST = -1;
  wire [N*R-1:0] noise;
  random_bits #(N, R) generator(seed, step, noise);
  integer k;
  reg nan;
  reg signed [12:0] largest, field, exponent, shift;
  reg [23:0] significand;
  // A magnitude in units of 2^-40 ulp (exact), in ulp (rounded), and its part below one ulp (rest).
  reg [79:0] exact, rounded, rest;
  reg [M-2:0] magnitude;
  always @* begin
    nan = 0;
    largest = 1;
    for (k = 0; k < N; k = k + 1) begin
      field = {5'b0, values[32*k + 23 +: 8]};
      if (field == 255) nan = 1;
      if (field > largest) largest = field;
    end
    exponent = largest - 126;
    if (exponent > HIGH) exponent = HIGH;
    if (exponent < -HIGH) exponent = -HIGH;
    for (k = 0; k < N; k = k + 1) begin
      field = {5'b0, values[32*k + 23 +: 8]};
      significand = {field != 0, values[32*k +: 23]};
      if (field == 0) field = 1;
      // The value is significand * 2^(field - 150), and one ulp is 2^(exponent - (M - 1)).
      shift = field - 150 - (exponent - (M - 1));
      // A magnitude that is not a multiple of 2^-40 is below 2^-16, too small for any rounding.
      exact = 0;
      if (shift >= -40) exact = {56'b0, significand} << (shift + 40);
      if (field - 126 > exponent) rounded = 1 << M;
      else begin
        rest = exact[39:0];
        rounded = exact >> 40;
        if (rounding == 0) begin
          if (rest > 40'h8000000000 || rest == 40'h8000000000 && rounded[0])
            rounded = rounded + 1;
        end else if (rounding == 1) begin
          rest = (rest >> (40 - R)) + noise[R*k +: R];
          rounded = rounded + (rest >> R);
        end
      end
      magnitude = rounded > LARGEST ? LARGEST : rounded;
      if (nan) magnitude = 0;
      if (CODED) block[M*k +: M] = {values[32*k + 31], magnitude};
      else block[M*k +: M] = values[32*k + 31] ? -{1'b0, magnitude} : {1'b0, magnitude};
    end
    block[N*M +: E] = nan ? 1 << (E - 1) : exponent;
  end
endmodule

// R random bits for each of N lanes: eight rounds of mixing, then a linear recurrence.
module random_bits #(parameter N = 2, parameter R = 8) (
  input [31:0] seed, step, output [N*R-1:0] noise);
  integer k;
  reg [31:0] x, y;
  reg [N*R+63:0] bits;
  always @* begin
    x = seed;
    y = step;
    for (k = 1; k <= 8; k = k + 1) begin
      x = ({x[7:0], x[31:8]} + y) ^ (k * 32'h9e3779b9);
      y = {y[28:0], y[31:29]} ^ x;
    end
    bits = {x, y};
    for (k = 64; k < N * R; k = k + 1) bits[k] = bits[k - 32] ^ bits[k - 63];
  end
  assign noise = bits[N*R-1:0];
endmodule
