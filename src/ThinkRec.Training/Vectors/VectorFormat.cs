namespace ThinkRec.Training.Vectors;

/// <summary>How vectors lie in files.</summary>
public enum VectorFormat
{
    /// <summary>Tensors <c>user_vectors</c> and <c>item_vectors</c> in one file, and the ids of their rows in <c>users.txt</c> and <c>items.txt</c> beside it.</summary>
    Safetensors,

    /// <summary>RecBole's atomic files <c>NAME.useremb</c> and <c>NAME.itememb</c>: typed header, then id, tab, numbers with spaces between.</summary>
    Recbole,

    /// <summary>word2vec's text, as gensim reads it: count and size, then id and numbers with spaces between.</summary>
    Gensim,
}
