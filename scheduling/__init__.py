"""The schedule builder: from what is known about a page and its selected captions to a week of messages.

Pure: it reads its configuration and nothing else, no clock, no cloud. Selecting, locking and storing are `operations`'.
"""
