using ThinkRec.Models.Llm;
using ThinkRec.TestKit;

namespace ThinkRec.Models.Tests.Llm;

public sealed class TextCompletionTests : TensorTest
{
    private const string Prompt = "A user enjoyed Heat";
    private static readonly GenerationOptions Drawn = new() { MaxNewTokens = 12, Temperature = 1 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void The_same_seed_gives_the_same_text_and_another_seed_another()
    {
        using LanguageModel model = TinyModel.Create(1);

        Completion first = TextCompletion.Complete(model, Prompt, Drawn with { Seed = 7 }, [], Token);

        Assert.Equal(first, TextCompletion.Complete(model, Prompt, Drawn with { Seed = 7 }, [], Token));
        Assert.NotEqual(first.Text, TextCompletion.Complete(model, Prompt, Drawn with { Seed = 8 }, [], Token).Text);
        Assert.Equal(model.Tokenizer.Encode(Prompt).Length, first.PromptTokens);
    }

    [Fact]
    public void A_stop_text_ends_the_text_before_its_first_place()
    {
        using LanguageModel model = TinyModel.Create(1);
        int cut = 0;
        for (int seed = 0; seed < 140; seed++)
        {
            string whole = TextCompletion.Complete(model, Prompt, Drawn with { Seed = seed }, [], Token).Text;
            var random = new Random(seed);
            int at = random.Next(whole.Length), length = Math.Min(random.Next(1, 6), whole.Length - at);
            string[] stops = seed % 2 == 0 ? ["never there", whole.Substring(at, length)] : [whole.Substring(at, 1), whole.Substring(at / 2, 1)];
            if (stops.Any(stop => stop.Contains('\uFFFD', StringComparison.Ordinal)))
            {
                continue; // bytes that are no character can be told apart only once the text has ended
            }

            Completion stopped = TextCompletion.Complete(model, Prompt, Drawn with { Seed = seed }, stops, Token);

            int first = stops.Select(stop => whole.IndexOf(stop, StringComparison.Ordinal)).Where(place => place >= 0).Min();
            Assert.True(whole[..first] == stopped.Text, $"seed {seed}");
            Assert.Equal(CompletionEnd.StopText, stopped.End);
            cut++;
        }

        Assert.True(cut >= 50, $"{cut} cases");
    }

    [Fact]
    public void What_is_told_as_it_comes_is_the_text_and_never_a_stop_text()
    {
        using LanguageModel model = TinyModel.Create(1);
        int stopped = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            string whole = TextCompletion.Complete(model, Prompt, Drawn with { Seed = seed }, [], Token).Text;
            var random = new Random(seed);
            int at = random.Next(whole.Length);
            string[] stops = ["never there", whole.Substring(at, Math.Min(random.Next(1, 8), whole.Length - at))];
            var told = new List<string>();
            var request = new CompletionRequest { Prompt = model.Tokenizer.Encode(Prompt), Options = Drawn with { Seed = seed }, StopTexts = stops, OnText = told.Add };

            Completion completion = TextCompletion.Complete(model, request, Token);

            Assert.True(completion.Text == string.Concat(told), $"seed {seed}");
            Assert.DoesNotContain("", told);
            stopped += completion.End == CompletionEnd.StopText ? 1 : 0;
        }

        Assert.InRange(stopped, 30, 60);
    }

    [Fact]
    public void Log_probabilities_are_the_models_and_the_likeliest_is_the_greedy_choice()
    {
        using LanguageModel model = TinyModel.Create(1);

        Completion completion = TextCompletion.Complete(model, Prompt, new GenerationOptions { MaxNewTokens = 6, TopLogProbs = 2, MinNewTokens = 6 }, [], Token);

        Assert.Equal(6, completion.Tokens.Count);
        Assert.All(completion.Tokens, token =>
        {
            Assert.Equal(2, token.Top.Count);
            Assert.True(token.Top[0].LogProb >= token.Top[1].LogProb && token.Top[0].LogProb < 0);
            Assert.Contains(new TokenLogProb(token.Token, token.LogProb), token.Top);
        });
    }

    [Fact]
    public void Rules_against_repetition_hold_over_prompt_and_text()
    {
        using LanguageModel model = TinyModel.Create(1);
        int[] prompt = model.Tokenizer.Encode(Prompt);

        Completion completion = TextCompletion.Complete(model, Prompt, new GenerationOptions { MaxNewTokens = 40, MinNewTokens = 40, NoRepeatNgram = 1, TopLogProbs = 0 }, [], Token);

        int[] all = [.. prompt, .. completion.Tokens.Select(token => token.Token)];
        Assert.Equal(prompt.Distinct().Count() + 40, all.Distinct().Count());
    }

    [Fact]
    public void The_end_is_told()
    {
        using LanguageModel model = TinyModel.Create(1);
        using LanguageModel narrow = TinyModel.Create(1, TinyModel.Config with { MaxPositionEmbeddings = 24 });
        GenerationOptions patient = Drawn with { MaxNewTokens = 400 };
        Completion ended = Enumerable.Range(0, 50).Select(seed => TextCompletion.Complete(model, Prompt, patient with { Seed = seed }, [], Token))
            .First(completion => completion.End != CompletionEnd.TokenLimit);

        Assert.Equal(CompletionEnd.EndToken, ended.End);
        Assert.True(ended.NewTokens < 400);
        Assert.Equal((CompletionEnd.TokenLimit, 3), Ends(TextCompletion.Complete(model, Prompt, new GenerationOptions { MaxNewTokens = 3 }, [], Token)));
        int tokens = model.Tokenizer.Encode(Prompt).Length;
        Assert.Equal((CompletionEnd.LastPosition, 24 - tokens), Ends(TextCompletion.Complete(narrow, Prompt, new GenerationOptions { MaxNewTokens = 99 }, [], Token)));
    }

    [Fact]
    public void An_empty_prompt_is_the_begin_token_and_one_without_room_is_refused()
    {
        using LanguageModel model = TinyModel.Create(1, TinyModel.Config with { MaxPositionEmbeddings = 8 });

        Assert.Equal(1, TextCompletion.Complete(model, "", Drawn, [], Token).PromptTokens);
        string refused = Assert.Throws<ArgumentException>(() => TextCompletion.Complete(model, "1234567890", Drawn, [], Token)).Message;

        Assert.Contains("10 tokens and the model has 8 positions", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_the_head_that_are_no_token_are_never_drawn()
    {
        using LanguageModel model = TinyModel.Create(1, TinyModel.Config with { VocabSize = TinyModel.Config.VocabSize + 200 });

        Completion completion = TextCompletion.Complete(model, Prompt, Drawn with { MaxNewTokens = 100, Temperature = 5 }, [], Token);

        Assert.InRange(completion.NewTokens, 1, 100);
    }

    private static (CompletionEnd End, int Tokens) Ends(Completion completion) => (completion.End, completion.NewTokens);
}
