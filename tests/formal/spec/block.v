// Specification of the exact dot product of two blocks; mantissas in two's complement, or as
// sign and magnitude.
module block_dot #(
  parameter N = 2, parameter A = 4, parameter B = 4, parameter E = 10, parameter CODED = 0,
  parameter S = 8
) (
  input [N*A+E-1:0] a, input [N*B+E-1:0] b,
  output legal, output reg signed [S-1:0] sum, output signed [E:0] exponent, output nan);
  // The most negative code of two's complement is no mantissa.
  localparam signed [A-1:0] NO_A = 1 << (A - 1);
  localparam signed [B-1:0] NO_B = 1 << (B - 1);
  integer k;
  reg known;
  reg signed [A-1:0] x;
  reg signed [B-1:0] y;
  always @* begin
    sum = 0;
    known = 1;
    for (k = 0; k < N; k = k + 1) begin
      x = a[A*k +: A];
      y = b[B*k +: B];
      if (CODED) begin
        if (x[A-1]) x = -{1'b0, x[A-2:0]};
        if (y[B-1]) y = -{1'b0, y[B-2:0]};
      end else if (x == NO_A || y == NO_B) known = 0;
      sum = sum + x * y;
    end
  end
  assign legal = known;
  wire signed [E-1:0] exponent_a = a[A*N +: E], exponent_b = b[B*N +: E];
  assign exponent = exponent_a + exponent_b;
  localparam signed [E-1:0] RESERVED = 1 << (E - 1);
  assign nan = exponent_a == RESERVED || exponent_b == RESERVED;
endmodule
