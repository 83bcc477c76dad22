/** What holds for every template of every variant: one file, as to synthesize them all takes longer than to look at them. */
import './first-runs';
import './frozen-policies';
import './kept-names';
import './limits';
import './state-machines';
