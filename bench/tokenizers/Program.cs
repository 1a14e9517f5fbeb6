using ThinkRec.Bench.Tokenizers;

if (args is ["pass", var tokenizer, var texts, var ids])
{
    Console.WriteLine(Pass.Run(tokenizer, texts, ids));
    return 0;
}

if (args is ["report", var folder])
{
    return Report.Print(folder, Console.Out);
}

Console.Error.WriteLine("usage: pass TOKENIZER TEXTS IDS | report FOLDER");
return 2;
