namespace ThinkRec.Teaching.Endpoint;

/// <summary>A row about which nothing more is asked in this run.</summary>
/// <param name="Row">Row number in the dataset.</param>
/// <param name="End">How it ended.</param>
/// <param name="Reason">The reason; null unless it is kept.</param>
/// <param name="Problems">Problems that the checks of the reason found.</param>
/// <param name="Cost">What its answers took, of this run and of earlier ones.</param>
/// <param name="Failure">Why there is no answer; null where there is.</param>
internal sealed record FinishedRow(int Row, RowEnd End, ReasonRow? Reason, int Problems, ReasonCost Cost, EndpointException? Failure);
