// Exact dot product of 8 pairs of FP4 numbers (E2M1: sign, 2 bits of exponent, 1 of mantissa).
// Every number is a multiple of 1/2, so that the sum is in units of 1/4. Replace this module with one
// for your own format.
module fp4_dot (
    input  [31:0] a,
    input  [31:0] b,
    output signed [12:0] sum
);
  // 0, 1/2, 1, 3/2, 2, 3, 4, 6 in units of 1/2
  function signed [4:0] value(input [3:0] code);
    reg [3:0] magnitude;
    begin
      case (code[2:0])
        3'd0: magnitude = 4'd0;
        3'd1: magnitude = 4'd1;
        3'd2: magnitude = 4'd2;
        3'd3: magnitude = 4'd3;
        3'd4: magnitude = 4'd4;
        3'd5: magnitude = 4'd6;
        3'd6: magnitude = 4'd8;
        default: magnitude = 4'd12;
      endcase
      value = code[3] ? -$signed({1'b0, magnitude}) : $signed({1'b0, magnitude});
    end
  endfunction

  wire signed [12:0] product[0:7];
  genvar lane;
  generate
    for (lane = 0; lane < 8; lane = lane + 1) begin : lanes
      assign product[lane] = value(a[4*lane+:4]) * value(b[4*lane+:4]);
    end
  endgenerate
  assign sum = ((product[0] + product[1]) + (product[2] + product[3]))
      + ((product[4] + product[5]) + (product[6] + product[7]));
endmodule
