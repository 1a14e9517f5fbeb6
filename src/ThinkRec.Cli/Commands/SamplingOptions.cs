using System.CommandLine;
using System.Globalization;
using ThinkRec.Cli.CommandLine;
using ThinkRec.Models.Llm;

namespace ThinkRec.Cli.Commands;

/// <summary>The options of <c>llm generate</c> that say which tokens are taken.</summary>
internal sealed class SamplingOptions
{
    private const int MostLogProbs = 1000;
    private static readonly GenerationOptions Defaults = new();

    private readonly Option<int> _maxTokens = new("--max-tokens") { Description = "New tokens at most.", DefaultValueFactory = _ => Defaults.MaxNewTokens, HelpName = "N" };

    private readonly Option<int> _minTokens = new("--min-tokens") { Description = "No end before so many new tokens.", DefaultValueFactory = _ => Defaults.MinNewTokens, HelpName = "N" };

    private readonly Option<double> _temperature = new("--temperature")
    {
        Description = "0 takes the likeliest token always; above 0 tokens are drawn, the more evenly the higher it is.",
        DefaultValueFactory = _ => Defaults.Temperature,
        HelpName = "T",
    };

    private readonly Option<int> _topK = new("--top-k") { Description = "Draws among the K likeliest tokens; 0 for all.", DefaultValueFactory = _ => Defaults.TopK, HelpName = "K" };

    private readonly Option<double> _topP = new("--top-p")
    {
        Description = "Draws among the likeliest tokens that together have this probability; 1 for all.",
        DefaultValueFactory = _ => Defaults.TopP,
        HelpName = "P",
    };

    private readonly Option<double> _minP = new("--min-p")
    {
        Description = "Draws among tokens that have this share of the likeliest one's probability; 0 for all.",
        DefaultValueFactory = _ => Defaults.MinP,
        HelpName = "P",
    };

    private readonly Option<double> _repetitionPenalty = new("--repetition-penalty")
    {
        Description = "Above 1 makes tokens of the prompt and the text less likely to come again; 1 for none.",
        DefaultValueFactory = _ => Defaults.RepetitionPenalty,
        HelpName = "X",
    };

    private readonly Option<int> _noRepeatNgram = new("--no-repeat-ngram")
    {
        Description = "No row of N tokens comes twice in prompt and text; 0 for no such rule.",
        DefaultValueFactory = _ => Defaults.NoRepeatNgram,
        HelpName = "N",
    };

    private readonly Option<int> _seed = new("--seed") { Description = "Seed of the draws.", DefaultValueFactory = _ => Defaults.Seed, HelpName = "N" };

    private readonly Option<int?> _logProbs = new("--logprobs")
    {
        Description = "Shows the log-probability of each token, and the N likeliest at its place, as the model gives them before any of these options.",
        HelpName = "N",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _maxTokens, _minTokens, _temperature, _topK, _topP, _minP, _repetitionPenalty, _noRepeatNgram, _seed, _logProbs })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Reads and checks them.</summary>
    /// <exception cref="UsageException">A value has no meaning.</exception>
    public GenerationOptions Read(ParseResult call)
    {
        var options = new GenerationOptions
        {
            MaxNewTokens = call.GetValue(_maxTokens),
            MinNewTokens = call.GetValue(_minTokens),
            Temperature = call.GetValue(_temperature),
            TopK = call.GetValue(_topK),
            TopP = call.GetValue(_topP),
            MinP = call.GetValue(_minP),
            RepetitionPenalty = call.GetValue(_repetitionPenalty),
            NoRepeatNgram = call.GetValue(_noRepeatNgram),
            Seed = call.GetValue(_seed),
            TopLogProbs = call.GetValue(_logProbs),
        };
        Require(options.MaxNewTokens >= 1, $"--max-tokens is {options.MaxNewTokens}, expected at least 1.");
        Require(options.MinNewTokens >= 0 && options.MinNewTokens <= options.MaxNewTokens, $"--min-tokens is {options.MinNewTokens}, expected 0 to {options.MaxNewTokens}, which --max-tokens is.");
        Require(double.IsFinite(options.Temperature) && options.Temperature >= 0, $"--temperature is {Text(options.Temperature)}, expected 0 or more.");
        Require(options.TopK >= 0, $"--top-k is {options.TopK}, expected 1 or more, or 0 for all tokens.");
        Require(options.TopP is > 0 and <= 1, $"--top-p is {Text(options.TopP)}, expected more than 0 and at most 1.");
        Require(options.MinP is >= 0 and <= 1, $"--min-p is {Text(options.MinP)}, expected 0 to 1.");
        Require(double.IsFinite(options.RepetitionPenalty) && options.RepetitionPenalty > 0, $"--repetition-penalty is {Text(options.RepetitionPenalty)}, expected more than 0, and 1 for none.");
        Require(options.NoRepeatNgram >= 0, $"--no-repeat-ngram is {options.NoRepeatNgram}, expected 1 or more, or 0 for no such rule.");
        Require(options.Seed >= 0, $"--seed is {options.Seed}, expected 0 or more.");
        Require(options.TopLogProbs is null or (>= 0 and <= MostLogProbs), $"--logprobs is {options.TopLogProbs}, expected 0 to {MostLogProbs}.");
        bool isLimited = options.TopK != Defaults.TopK || options.TopP != Defaults.TopP || options.MinP != Defaults.MinP;
        Require(options.Temperature > 0 || !isLimited, "--top-k, --top-p and --min-p have no meaning at --temperature 0, which draws nothing; give a temperature such as 0.8.");
        return options;
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new UsageException(problem);
        }
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
