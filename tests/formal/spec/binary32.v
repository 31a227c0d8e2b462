// Specification of IEEE 754 binary32, to nearest with ties to even: exact result, rounded once.

// (-1)^sign * magnitude * 2^weight as a binary32 number.
module round_binary32 #(parameter W = 8, parameter V = 12) (
  input sign, input [W-1:0] magnitude, input signed [V-1:0] weight, output [31:0] number);
  integer k, top;
  always @* begin
    top = 0;
    for (k = 0; k < W; k = k + 1) if (magnitude[k]) top = k;
  end
  // Exponent of the result before rounding, and number of bits below its last place.
  wire signed [V+1:0] free = top + weight;
  wire signed [V+1:0] exponent = free < -126 ? -126 : free;
  wire signed [V+1:0] drop = exponent - 23 - weight;
  wire [W+23:0] whole = drop < 0 ? {24'b0, magnitude} << -drop : {24'b0, magnitude} >> drop;
  // Twice the dropped bits are compared with one unit in the last place.
  wire [W-1:0] kept = whole << drop;
  wire [W:0] rest = {magnitude - kept, 1'b0};
  wire [W:0] unit = 1'b1 << drop;
  wire up = drop > 0 && drop <= W && (rest > unit || rest == unit && whole[0]);
  // A significand of 2^23 or more adds one to the exponent field, and a carry out of it another.
  wire [V+1:0] raised = exponent + 126;
  wire [V+24:0] code = {raised, 23'b0} + whole[23:0] + up;
  wire [30:0] limited = code >= 31'h7f800000 ? 31'h7f800000 : code[30:0];
  assign number = {sign, magnitude == 0 ? 31'b0 : limited};
endmodule

// The sum a + b. A difference of the exponents over 26 counts as 26: the smaller operand, below 2^24
// of its own ulp, is then less than a quarter of the larger one's ulp, and so has no effect.
module add_binary32(input [31:0] a, b, output [31:0] total);
  wire [8:0] exponent_a = a[30:23] == 0 ? 1 : a[30:23];
  wire [8:0] exponent_b = b[30:23] == 0 ? 1 : b[30:23];
  wire swap = exponent_a < exponent_b;
  wire [31:0] x = swap ? b : a, y = swap ? a : b;
  wire [8:0] high = swap ? exponent_b : exponent_a, low = swap ? exponent_a : exponent_b;
  wire [4:0] distance = high - low > 26 ? 26 : high - low;
  wire signed [51:0] size_x = {x[30:23] != 0, x[22:0]} << distance;
  wire signed [51:0] size_y = {y[30:23] != 0, y[22:0]};
  wire signed [51:0] sum = (x[31] ? -size_x : size_x) + (y[31] ? -size_y : size_y);
  wire signed [51:0] size = sum < 0 ? -sum : sum;
  wire signed [10:0] weight = high - distance - 150;
  wire [31:0] rounded;
  // Only the sum of two negative zeros is a negative zero.
  round_binary32 #(51, 11) rounder(
    sum == 0 ? a[31] && b[31] : sum < 0, size[50:0], weight, rounded);

  wire special_a = &a[30:23], special_b = &b[30:23];
  wire nan = special_a && a[22:0] != 0 || special_b && b[22:0] != 0
    || special_a && special_b && a[31] != b[31];
  assign total = nan ? 32'h7fc00000 : special_a ? a : special_b ? b : rounded;
endmodule

// Legal terms of an addition, and the number that a term stands for.
module number_of_term(input [23:0] significand, input signed [8:0] field, input sign, infinite, nan,
  output legal, output [31:0] number);
  wire zero = significand == 0;
  // A term below FP32's normal numbers has the field 1, or its significand was shifted up and the
  // field is less than 1.
  wire moved = field < 1;
  wire [9:0] places = moved ? 1 - field : 0;
  wire [22:0] fraction = significand >> places;
  wire whole = places < 24 && ({1'b0, fraction} << places) == significand;
  assign legal = nan || infinite || (zero ? field <= 1
    : moved ? significand[23] && whole : (significand[23] || field == 1) && field < 255);
  assign number = nan ? 32'h7fc00000
    : infinite ? {sign, 31'h7f800000}
    : zero ? {sign, 31'b0}
    : moved ? {sign, 8'b0, fraction}
    : {sign, significand[23] ? field[7:0] : 8'b0, significand[22:0]};
endmodule
